"""The hash chain of a stream.

Each event's hash is SHA-256 over the previous hash and every recorded field but shard and position. Fields of
variable length carry their length, so that no two different events have the same encoding.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

START = bytes(32)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def chain(
    previous: bytes,
    *,
    tenant: int,
    stream: str,
    version: int,
    type: str,
    schema_version: int,
    recorded_at: datetime,
    event_id: UUID,
    meta: bytes,
    data: bytes,
) -> bytes:
    """The 32 bytes that follow `previous` (START for a stream's first event) in the chain."""
    micros = (recorded_at - EPOCH) // MICROSECOND
    name, kind = stream.encode(), type.encode()
    header = b"%b%d;%d;%d;%d;" % (previous, tenant, version, schema_version, micros)
    body = b"%d:%b%d:%b%b%d:%b%d:%b" % (
        len(name), name, len(kind), kind, event_id.bytes, len(meta), meta, len(data), data,
    )  # fmt: skip
    return hashlib.sha256(header + body).digest()
