"""Connections to Postgres as the store wants them, and which of their failures leave an outcome unknown."""

import asyncio
from collections.abc import Mapping

import asyncpg

from eventstore.errors import StoreUnavailable

APP_ROLE = "peaswap_app"
CONNECT_SECONDS_MAX = 5.0

# The connection or its backend died: what was sent may or may not have been done.
LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    OSError,
    TimeoutError,
    EOFError,
)
# The server is there but takes nobody at the moment.
AWAY = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError, *LOST)


# Rows and arguments are of whatever types the statement says.
Connection = asyncpg.Connection


class StoreConnection(asyncpg.Connection):
    """Our pool knows what its users leave behind, so that no reset query is sent after each of them."""

    def get_reset_query(self) -> str:
        return ""


async def connect(url: str, settings: Mapping[str, str], role: str | None = None) -> asyncpg.Connection:
    """A connection that reads and writes `json` as the exact bytes. Raises StoreUnavailable."""
    try:
        connection = await asyncpg.connect(
            url,
            timeout=CONNECT_SECONDS_MAX,
            connection_class=StoreConnection,
            server_settings={"application_name": "peaswap", "jit": "off", "timezone": "UTC", **settings},
        )
    except AWAY as problem:
        raise StoreUnavailable(f"cannot connect to Postgres: {problem}") from None
    try:
        await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
        if role is not None:
            await connection.execute(f"set role {role}")
    except LOST as problem:
        connection.terminate()
        raise StoreUnavailable(f"cannot connect to Postgres: {problem}") from None
    except asyncio.CancelledError:
        connection.terminate()
        raise
    return connection


async def app_role(url: str) -> str | None:
    """The role under which the server works, if it exists here and the user of `url` may take it."""
    connection = await connect(url, {})
    try:
        found = await connection.fetchval(
            "select count(*) from pg_roles where rolname = $1 and pg_has_role(current_user, oid, 'member')", APP_ROLE
        )
    finally:
        await connection.close()
    return APP_ROLE if found else None


def certain(problem: BaseException) -> bool:
    """Whether the server itself refused, so that nothing was committed."""
    return isinstance(problem, asyncpg.PostgresError) and not isinstance(problem, LOST)
