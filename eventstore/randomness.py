"""Randomness of the operating system, fetched in slabs: one system call serves hundreds of ids, keys and nonces."""

import os

SLAB_BYTES = 4096


class _Slab:
    def __init__(self) -> None:
        self._bytes = b""
        self._used = 0
        # A forked child must not hand out what its parent also hands out.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._bytes, self._used = b"", 0

    def take(self, count: int) -> bytes:
        used = self._used
        if used + count > len(self._bytes):
            self._bytes, used = os.urandom(SLAB_BYTES), 0
        self._used = used + count
        return self._bytes[used : used + count]


slab_bytes = _Slab().take
