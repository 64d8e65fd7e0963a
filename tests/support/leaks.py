"""Looking for a secret in all that a database or a Redis holds."""

import base64

import asyncpg

TABLES = """
select format('%I.%I', schemaname, tablename)
  from pg_tables
 where schemaname not in ('pg_catalog', 'information_schema')
"""


def shapes(secret: str) -> set[str]:
    """How a secret looks in the clear: as it is, as bytes are shown, and as they travel."""
    raw = secret.encode()
    # In base64 it looks different by where it begins; what all whole groups of it share is looked for.
    encoded = {base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4].decode() for shift in range(3)}
    return {secret, raw.hex(), *encoded}


async def everything(database: str) -> dict[str, str]:
    """What each table of a database holds, as text."""
    connection = await asyncpg.connect(database)
    try:
        tables = [table for (table,) in await connection.fetch(TABLES)]
        assert len(tables) > 10
        return {
            table: "\n".join(row[0] for row in await connection.fetch(f"select t::text from {table} t"))
            for table in tables
        }
    finally:
        await connection.close()


async def tables_with(database: str, secret: str) -> list[str]:
    """The tables in which the secret lies in the clear."""
    found = await everything(database)
    return [table for table, held in found.items() if any(shape in held for shape in shapes(secret))]
