"""The words of the log: what an append says, and what the log gives back.

None of them can hold itself, so that the garbage collector need not look at them: there are very many.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct


class Tenant(Struct, frozen=True, gc=False):
    """Whoever sees nothing of the others: a number in a shard, known by a name."""

    shard: int
    number: int
    name: str


class Head(Struct, frozen=True, gc=False):
    """Where a stream stands: the version and the hash of its last event."""

    version: int
    hash: bytes


NO_STREAM = Head(0, bytes(32))


class NewEvent(Struct, frozen=True, gc=False):
    """An event to record. `data` and `meta` are UTF-8 JSON and are kept byte by byte; `event_id` is a UUID v7."""

    type: str
    data: bytes
    meta: bytes
    event_id: UUID
    recorded_at: datetime
    schema_version: int = 1


class Recorded(Struct, frozen=True, gc=False):
    """An event of the log. `position` is dense per shard, `version` dense per stream, both from 1."""

    shard: int
    position: int
    tenant: int
    stream: str
    version: int
    type: str
    schema_version: int
    recorded_at: datetime
    event_id: UUID
    data: bytes
    meta: bytes
    hash: bytes


class Slice(Struct, frozen=True, gc=False):
    """The next events of one stream, recorded only while the stream stands at `head`.

    Without events it is a guard: the append is made only while that stream stands there.
    """

    stream: str
    head: Head
    events: Sequence[NewEvent]


class Key(Struct, frozen=True, gc=False):
    """An idempotency key, recorded with the append. `answer` None means begun; `finishes` fills a begun row."""

    key: str
    request_hash: bytes
    stream: str
    answer: bytes | None
    finishes: bool = False


class KeyRecord(Struct, frozen=True, gc=False):
    """What an idempotency key stands for. `answer` is None while the request that began it has not finished.

    `position` is what the append that wrote the row last had reached, `recorded_at` when the key was begun.
    """

    stream: str
    answer: bytes | None
    position: int
    recorded_at: datetime
    request_hash: bytes


class Claim(Struct, frozen=True, gc=False):
    """A name that `owner` is to hold. Exclusive: refused while anybody else holds it. Shared: always granted."""

    name: str
    owner: str
    exclusive: bool


class Release(Struct, frozen=True, gc=False):
    """A name that `owner` gives back; granted also when it did not hold it."""

    name: str
    owner: str


class DataKeyRow(Struct, frozen=True, gc=False):
    """A new data key of a subject, wrapped by the master key, to be recorded with what it seals."""

    subject: str
    wrapped: bytes


class Append(Struct, frozen=True, gc=False):
    """Everything that one command records, all or nothing, within one tenant.

    `sealed` are the subjects whose data keys, old ones, sealed something in it; `shreds` those whose keys it destroys.
    """

    tenant: Tenant
    slices: Sequence[Slice]
    key: Key | None = None
    claims: Sequence[Claim] = ()
    releases: Sequence[Release] = ()
    data_keys: Sequence[DataKeyRow] = ()
    sealed: Sequence[str] = ()
    shreds: Sequence[str] = ()

    @property
    def events(self) -> int:
        """How many events it records."""
        if len(self.slices) == 1:
            return len(self.slices[0].events)
        return sum(len(each.events) for each in self.slices)


class Appended(Struct, frozen=True, gc=False):
    """`position` is that of the append's last event; without events, that of the shard's last event. `heads` says where
    the streams that it wrote to stand after it."""

    position: int
    heads: Mapping[str, Head] = {}
