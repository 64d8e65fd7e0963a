"""`peaswap doctor`: says what is wrong, in words."""

import errno
import os
import socket
from collections.abc import Sequence
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import asyncpg
import click
import redis
import uvloop
from redis.exceptions import AuthenticationError, RedisError

from eventstore.errors import StoreError
from eventstore.pool import FairPool
from projections.setup import lacking
from projections.system import statuses
from services.cli.house import database_away, settings_or_problems
from services.core.settings import Settings, SettingsError, unknown_variables

SECONDS_MAX = 10.0
# What is wrong, and None for what could not be looked at.
Found = Sequence[str] | None


@click.command("doctor")
def doctor() -> None:
    """Look at settings, port, Postgres, schema, read models, Redis and gateway, and say what is wrong.

    Changes nothing. Run it with the same environment as the server; what that leaves open comes from the `peaswap dev`
    of PEASWAP_HOME, if there is one.

    \b
      settings     each has a value that it can have, and none is misspelt
      port         is free, or this server has it
      Postgres     answers, and lets the user of PEASWAP_DATABASE_URL in
      schema       all migrations and shards are there, read models of this version
      read models  none has stopped
      Redis        answers, and lets us in
      gateway      the simulated one answers, if one is set
    \b
    Exit codes: 0 all is well, 1 something is wrong.
    """
    problems = [f"{name} is not a setting; is it misspelt?" for name in unknown_variables(os.environ)]
    settings: Settings | None = None
    try:
        settings = settings_or_problems()
    except SettingsError as wrong:
        problems += wrong.problems
    _line("settings", problems)
    found: dict[str, Found] = dict.fromkeys(("port", "Postgres", "schema", "read models", "Redis", "gateway"))
    if settings is not None:
        found["port"] = _port(settings)
        found |= _database(settings)
        found["Redis"], found["gateway"] = _redis(settings), _gateway(settings)
    for name, wrong in found.items():
        _line(name, wrong)
        problems += wrong or ()
    for problem in problems:
        click.secho(f"- {problem}", fg="red")
    if problems:
        raise SystemExit(1)
    click.secho("All is well.", fg="green")


def _line(name: str, wrong: Found) -> None:
    said = "has a problem" if wrong else "ok"
    click.echo(f"{name:12} {'not looked at' if wrong is None else said}")


def _port(settings: Settings) -> list[str]:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        with socket.create_server((settings.host, settings.port), family=family):
            return []
    except PermissionError:
        return [f"Port {settings.port} may not be opened by this user; set PEASWAP_PORT to one above 1023."]
    except OSError as problem:
        if isinstance(problem, socket.gaierror) or problem.errno != errno.EADDRINUSE:
            reason = problem.strerror or problem
            return [f"PEASWAP_HOST is '{settings.host}', where this machine cannot listen: {reason}."]
    try:
        with urlopen(f"http://{settings.host}:{settings.port}/healthz", timeout=SECONDS_MAX) as answer:
            if b"alive" in answer.read(100):
                return []
    except (OSError, ValueError):
        pass
    return [
        f"Port {settings.port} on {settings.host} is taken by something that is not this server; set PEASWAP_PORT "
        "to another one."
    ]


def _database(settings: Settings) -> dict[str, Found]:
    """Postgres, schema and read models, each of which needs the one before."""
    found: dict[str, Found] = {}

    async def work() -> None:
        pool = await FairPool.open(settings.database_url, 1)
        try:
            await pool.fetchval("select 1")
            found["Postgres"] = []
            lacks = await lacking(settings.database_url, pool, settings.shards)
            found["schema"] = [lacks] if lacks else []
            if lacks:
                return
            stopped = [each for each in await statuses(pool, settings.shards) if each.state == "stopped"]
        finally:
            await pool.close()
        found["read models"] = [
            f"The read model {each.name} has stopped at {each.event}: {each.reason}" for each in stopped
        ]

    try:
        uvloop.run(work())
    except (StoreError, OSError, asyncpg.PostgresError) as problem:
        found["schema" if "Postgres" in found else "Postgres"] = [database_away(problem)]
    return found


def _redis(settings: Settings) -> list[str]:
    where = urlsplit(settings.redis_url)
    address = f"{where.hostname}:{where.port or 6379}" if where.hostname else where.path
    client = redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        settings.redis_url, socket_timeout=SECONDS_MAX, socket_connect_timeout=SECONDS_MAX
    )
    try:
        client.ping()  # pyright: ignore[reportUnknownMemberType]
    except AuthenticationError as problem:
        reason = str(problem).rstrip(".")
        return [f"Redis at {address} does not let us in: {reason}. Check the password in PEASWAP_REDIS_URL."]
    except (RedisError, OSError) as problem:
        return [f"Redis at {address} does not answer: {problem}"]
    return []


def _gateway(settings: Settings) -> list[str]:
    # Without one, accounts charge through Stripe, which is theirs to configure and not looked at from here.
    if not settings.gateway_url:
        return []
    try:
        with urlopen(f"{settings.gateway_url}/healthz", timeout=SECONDS_MAX):
            return []
    except HTTPError as problem:
        return [f"What answers at {settings.gateway_url} is not the simulated payment gateway: {problem}"]
    except OSError as problem:
        reason = getattr(problem, "reason", problem)
        return [f"The simulated payment gateway at {settings.gateway_url} does not answer: {reason}"]
