"""Ids of events: UUID version 7 (RFC 9562), so that an index on them grows at one end."""

import os
import time
from uuid import UUID

from asyncpg.pgproto import pgproto

SLAB_BYTES = 4096


class _Randomness:
    """Operating-system randomness in slabs: one system call serves hundreds of ids."""

    def __init__(self) -> None:
        self._slab = b""
        self._used = 0
        self._owner = 0

    def take(self, count: int) -> bytes:
        # A forked child must not hand out what its parent also hands out.
        if self._used + count > len(self._slab) or self._owner != os.getpid():
            self._slab, self._used, self._owner = os.urandom(SLAB_BYTES), 0, os.getpid()
        taken = self._slab[self._used : self._used + count]
        self._used += count
        return taken


_randomness = _Randomness()


def uuid7() -> UUID:
    """A fresh id: 48 bits of Unix milliseconds, 74 random bits."""
    raw = bytearray(_randomness.take(16))
    raw[0:6] = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    # A tenth of the time that the standard library's takes to make, and a subclass of it.
    return pgproto.UUID(bytes(raw))
