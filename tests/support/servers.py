"""The real Postgres and Valkey of a test run, and a fresh database for each test."""

import asyncio
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args
from uuid import uuid4

import asyncpg

from deploy.dev.postgres import Postgres
from deploy.dev.valkey import Valkey
from eventstore.migrate import migrate
from projections.setup import set_up

TEMPLATE = "peaswap_template"
User = Literal["tests", "served", "browser", "secrets"]
USERS: tuple[User, ...] = get_args(User)
# Nothing in a test run must survive a power cut; everything else is as it is in production.
FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


class Servers:
    """Both servers, in a folder of this run alone."""

    def __init__(self, home: Path) -> None:
        self.postgres = Postgres(home, FAST)
        self.valkey = Valkey(home)

    def database_url(self, name: str) -> str:
        """How to connect to the database `name` of this run."""
        return self.postgres.url.replace("/peaswap?", f"/{name}?")

    def redis_url(self, whose: User) -> str:
        """How to connect to one of the databases of this run's Redis: servers that go on from test to test share none
        with the tests between them, which empty theirs."""
        return f"{self.valkey.url.removesuffix('/0')}/{USERS.index(whose)}"

    @contextmanager
    def database(self) -> Generator[str]:
        """A fresh copy of the migrated database; gone afterwards."""
        name = f"test_{uuid4().hex[:12]}"
        asyncio.run(self._statement(f'create database "{name}" template {TEMPLATE}'))
        try:
            yield self.database_url(name)
        finally:
            asyncio.run(self._statement(f'drop database "{name}" with (force)'))

    async def _statement(self, sql: str) -> None:
        connection = await asyncpg.connect(self.database_url("postgres"))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def make_template(self) -> None:
        """The database that each test gets a copy of."""
        await self._statement(f"create database {TEMPLATE}")
        await migrate(self.database_url(TEMPLATE))
        await set_up(self.database_url(TEMPLATE), shards=1)


@contextmanager
def servers() -> Generator[Servers]:
    """Starts both; ends both and removes their folder, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="peaswap-tests-", ignore_cleanup_errors=True) as home:
        # Postgres may run as another account, which must be able to reach its folder.
        Path(home).chmod(0o755)
        running = Servers(Path(home))
        try:
            running.postgres.up()
            running.valkey.up()
            asyncio.run(running.make_template())
            yield running
        finally:
            running.valkey.down()
            running.postgres.down()
