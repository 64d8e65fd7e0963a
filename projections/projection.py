"""A projection: a read model that the log can always be made into again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from eventstore.pool import Connection
from services.core.event import Fact


class Projection(Protocol):
    """`name` is the reader's name and, after `rm_`, the Postgres schema of its tables; a higher `revision` means
    that it must be rebuilt. `wants` are the event types it reads, None for all of them. `compared` names the tables
    and columns that a rebuild must reproduce."""

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> int: ...

    @property
    def wants(self) -> frozenset[str] | None: ...

    @property
    def schema(self) -> str: ...

    @property
    def indexes(self) -> str: ...

    @property
    def compared(self) -> Mapping[str, str]: ...

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """Writes what these facts, in the order of the log, change. Doing so twice changes nothing.

        Statements name tables without their schema: the engine points the search path at the one to be written.
        """
        ...


def live_schema(name: str) -> str:
    """The Postgres schema that reads are served from."""
    return f"rm_{name}"


def next_schema(name: str) -> str:
    """The Postgres schema of a rebuild under way."""
    return f"rm_{name}_next"


def sql_beside(file: str, name: str) -> str:
    """The text of the SQL file `name` in the folder of the Python file `file`."""
    return (Path(file).parent / name).read_text()
