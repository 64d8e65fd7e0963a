"""Ids of events: UUID version 7 (RFC 9562), so that an index on them grows at one end."""

import time
from uuid import UUID

from asyncpg.pgproto import pgproto

from eventstore.randomness import slab_bytes


def uuid7() -> UUID:
    """A fresh id: 48 bits of Unix milliseconds, 74 random bits."""
    raw = bytearray(slab_bytes(16))
    raw[0:6] = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    # A tenth of the time that the standard library's takes to make, and a subclass of it.
    return pgproto.UUID(bytes(raw))
