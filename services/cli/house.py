"""What a command of the CLI needs of the house: settings from the environment, and an engine on the database."""

import asyncio
import os
import shlex
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import click
import uvloop
from dramatiq.errors import BrokerConnectionError
from redis.exceptions import RedisError

from eventstore.store import EventStore, StoreError
from eventstore.tenants import Tenant, Tenants
from eventstore.vault import Vault
from services.billing.registry import CODECS
from services.billing.test_clocks.lookup import time_on
from services.core.broker import ADVANCE, PROJECTIONS_QUEUE, make_broker, wake_up
from services.core.clock import SystemClock
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.refusal import Refusal
from services.core.settings import DECLARATIONS, PREFIX, Settings, SettingsError, load_settings

T = TypeVar("T")

REQUIRED = [each for each in DECLARATIONS if each.default is None]


class Misconfigured(click.ClickException):
    """Settings are missing or wrong; how the command was called is not what is wrong."""

    exit_code = 2


# What `peaswap dev` says of its servers, in its folder.
SERVER_FILE = "server.env"
ROOT = Path(__file__).resolve().parents[2]


def home() -> Path:
    """The folder of `peaswap dev`, whether or not there is one."""
    return Path(os.environ.get("PEASWAP_HOME") or ROOT / ".peaswap").expanduser()


def environment_of(name: str) -> Mapping[str, str]:
    """What the file `name` in the folder of `peaswap dev` says, and what the environment says otherwise."""
    return {**written_in(home() / name), **os.environ}


def written_in(file: Path) -> dict[str, str]:
    """The variables that a file of `peaswap dev` sets; none where there is no such file."""
    found: dict[str, str] = {}
    if os.access(file, os.R_OK):
        for line in file.read_text().splitlines():
            variable, _, value = line.partition("=")
            # Quoted is only what a shell would take apart.
            found[variable] = shlex.split(value)[0] if value.startswith("'") else value
    return found


def server_environment() -> Mapping[str, str]:
    """The environment; what it leaves open comes from the `peaswap dev` of PEASWAP_HOME, if there is one."""
    return environment_of(SERVER_FILE)


def settings_or_problems() -> Settings:
    """The settings of the environment. Raises SettingsError with every problem in words."""
    environment = server_environment()
    if not any(environment.get(PREFIX + each.name) for each in REQUIRED):
        raise SettingsError([no_server()])
    return load_settings(environment)


def settings_or_exit() -> Settings:
    """The settings of the environment; exits with 2 and every problem in words when they are not right."""
    try:
        return settings_or_problems()
    except SettingsError as problem:
        raise Misconfigured(str(problem)) from None


def no_server() -> str:
    """What to do where neither the environment nor a `peaswap dev` says which server is meant."""
    required = ", ".join(PREFIX + each.name for each in REQUIRED)
    return (
        f"No server is configured. Either start one on this machine with `./peaswap dev` (there is none in {home()}; "
        f"set PEASWAP_HOME where it lies elsewhere), or set {required}. `./peaswap settings` lists all that can be set."
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs the asynchronous part of a command; refusals and an absent database become sentences, not tracebacks."""
    try:
        return uvloop.run(work)
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from None
    except (StoreError, OSError, asyncpg.PostgresError) as problem:
        raise click.ClickException(database_away(problem)) from None


def database_away(problem: Exception) -> str:
    """Why Postgres could not be used, and where it was looked for."""
    environment = server_environment()
    where = urlsplit(environment.get("PEASWAP_DATABASE_URL", ""))
    address = f"{where.hostname}:{where.port or 5432}"
    reason = str(problem).removeprefix("cannot connect to Postgres: ")
    if isinstance(problem, asyncpg.UndefinedTableError | asyncpg.InvalidSchemaNameError):
        return f"The database at {address} has no tables of PeaSwap ({reason}); run `./peaswap migrate`."
    if isinstance(problem, asyncpg.PostgresError):
        return f"Postgres at {address} refuses: {reason}. Check PEASWAP_DATABASE_URL."
    words = f"Postgres at {address} does not answer: {reason}."
    if "PEASWAP_DATABASE_URL" not in os.environ:
        words += f" It is that of the `peaswap dev` in {home()}: is it running?"
    return words


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncGenerator[Engine]:
    """An engine on the configured database; closed at the end."""
    store = await EventStore.open(settings.database_url, pool_size=2)
    try:
        yield Engine(
            store=store,
            vault=Vault(store.pool, settings.master_key),
            tenants=Tenants(store.pool),
            clock=SystemClock(),
            codecs=CODECS,
            time_on=time_on,
            public_url=settings.public_url,
        )
    finally:
        await asyncio.shield(store.close())


def wake_workers(settings: Settings, shard: int) -> None:
    """Tells the workers to look at the log, so that what was just written is known everywhere within a second."""
    broker = make_broker(settings.redis_url)
    try:
        broker.enqueue(wake_up(ADVANCE, PROJECTIONS_QUEUE, shard))
    except (RedisError, BrokerConnectionError, OSError):
        # The scheduler's next tick makes them look too.
        click.echo("Redis did not answer; the workers will look at their next tick.", err=True)
    finally:
        broker.close()


def operator(engine: Engine, tenant: Tenant, account: str, *, livemode: bool) -> Envelope:
    """The envelope of someone at the command line of the server."""
    return Envelope(
        tenant=tenant,
        account=account,
        livemode=livemode,
        actor="system:cli",
        request_id=new_id("req"),
        at=engine.clock.now(),
    )
