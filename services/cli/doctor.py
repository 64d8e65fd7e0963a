"""`peaswap doctor`: says what is wrong, in words."""

import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import urlopen

import click
import redis
from redis.exceptions import RedisError

from eventstore.checkpoints import ShardsLeftOut, ShardsMissing, check_shards
from eventstore.errors import StoreError
from eventstore.migrate import pending
from eventstore.pool import FairPool
from projections.system import statuses
from services.cli.house import run, server_environment
from services.core.settings import Settings, SettingsError, load_settings, unknown_variables

SECONDS_MAX = 3.0


@click.command("doctor")
def doctor() -> None:
    """Look at settings, port, Postgres, Redis, schema, read models and simulated gateway, and say what is wrong.

    Changes nothing. Run it with the same environment as the server.

    \b
    Exit codes: 0 all is well, 1 something is wrong.
    """
    problems = [f"{name} is not a setting; is it misspelt?" for name in unknown_variables(os.environ)]
    try:
        settings = load_settings(server_environment())
    except SettingsError as wrong:
        problems += wrong.problems
        _report(problems)
        raise SystemExit(1) from None
    looks: tuple[tuple[str, Callable[[Settings], list[str]]], ...] = (
        ("port", _port),
        ("Postgres", _postgres),
        ("Redis", _redis),
        ("gateway", _gateway),
    )
    for name, look in looks:
        found = look(settings)
        click.echo(f"{name:10} {'ok' if not found else 'has a problem'}")
        problems += found
    _report(problems)
    if problems:
        raise SystemExit(1)


def _report(problems: list[str]) -> None:
    for problem in problems:
        click.secho(f"- {problem}", fg="red")
    if not problems:
        click.secho("All is well.", fg="green")


def _port(settings: Settings) -> list[str]:
    with socket.socket() as probe:
        probe.settimeout(SECONDS_MAX)
        if probe.connect_ex((settings.host, settings.port)) != 0:
            return []
    try:
        with urlopen(f"http://{settings.host}:{settings.port}/healthz", timeout=SECONDS_MAX):
            return []
    except OSError:
        return [
            f"Port {settings.port} on {settings.host} is taken by something that is not this server; set PEASWAP_PORT "
            "to another one."
        ]


def _postgres(settings: Settings) -> list[str]:
    where = urlsplit(settings.database_url)

    async def work() -> list[str]:
        missing = await pending(settings.database_url)
        if missing:
            return [f"The database lacks {len(missing)} migrations; run `peaswap migrate`."]
        pool = await FairPool.open(settings.database_url, 1)
        try:
            await check_shards(pool, settings.shards)
            stopped = [each for each in await statuses(pool, settings.shards) if each.state == "stopped"]
        finally:
            await pool.close()
        return [f"The read model {each.name} has stopped at {each.event}: {each.reason}" for each in stopped]

    try:
        return run(work())
    except (ShardsMissing, ShardsLeftOut) as problem:
        return [str(problem)]
    except (click.ClickException, StoreError) as problem:
        return [f"Postgres at {where.hostname}:{where.port or 5432} does not answer: {problem}"]


def _redis(settings: Settings) -> list[str]:
    where = urlsplit(settings.redis_url)
    try:
        client = redis.Redis.from_url(settings.redis_url, socket_timeout=SECONDS_MAX)  # pyright: ignore[reportUnknownMemberType]
        client.ping()  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, OSError) as problem:
        return [f"Redis at {where.hostname}:{where.port or 6379} does not answer: {problem}"]
    return []


def _gateway(settings: Settings) -> list[str]:
    # Without one, accounts charge through Stripe, which is theirs to configure and not looked at from here.
    if not settings.gateway_url:
        return []
    try:
        with urlopen(f"{settings.gateway_url}/healthz", timeout=SECONDS_MAX):
            return []
    except OSError as problem:
        return [f"The simulated payment gateway at {settings.gateway_url} does not answer: {problem}"]
