"""Brings a database up to date: the migrations that are missing, in order, each in a transaction of its own."""

from pathlib import Path

from eventstore.connection import connect

FOLDER = Path(__file__).parent / "migrations"
# Two that migrate at once take turns; the second finds nothing left to do.
LOCK = 1346716532

APPLIED = """
create table if not exists public.peaswap_migrations (
  name text collate "C" primary key,
  applied_at timestamptz not null default now()
)
"""


def migrations() -> list[tuple[str, str]]:
    """Name and SQL of every migration, in order."""
    return [(path.stem, path.read_text()) for path in sorted(FOLDER.glob("*.sql"))]


async def migrate(database_url: str) -> list[str]:
    """Applies what is missing and returns the names. Safe to repeat, at once, and after a migration broke off."""
    connection = await connect(database_url, {})
    done: list[str] = []
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(APPLIED)
        applied = {row[0] for row in await connection.fetch("select name from public.peaswap_migrations")}
        for name, sql in migrations():
            if name in applied:
                continue
            async with connection.transaction():
                await connection.execute(sql)
                await connection.execute("insert into public.peaswap_migrations (name) values ($1)", name)
            done.append(name)
    finally:
        await connection.close()
    return done


async def pending(database_url: str) -> list[str]:
    """The names of the migrations that the database lacks."""
    connection = await connect(database_url, {})
    try:
        if not await connection.fetchval("select to_regclass('public.peaswap_migrations') is not null"):
            return [name for name, _ in migrations()]
        applied = {row[0] for row in await connection.fetch("select name from public.peaswap_migrations")}
        return [name for name, _ in migrations() if name not in applied]
    finally:
        await connection.close()
