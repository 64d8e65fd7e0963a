"""Authentication: which key a request carries, and what it opens. Each process knows the ring and hears of changes."""

import asyncio
import base64
import binascii
import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from eventstore.errors import StoreError
from eventstore.pool import FairPool
from eventstore.tenants import Tenant, Tenants
from projections.freshness import ReadSide
from projections.key_ring.queries import RingKey, by_digest, changed_since
from services.api.key_uses import KeyUses
from services.core.log import get_logger
from services.core.refusal import Unauthenticated

KEYS_MAX = 100_000
UNKNOWN_SECONDS = 1.0
UNKNOWN_MAX = 10_000
KEY_CHARACTERS_MAX = 255

log = get_logger("key_ring")


class KeyExpired(Unauthenticated):
    """This API key has expired."""

    code = "api_key_expired"


class KeyRevoked(Unauthenticated):
    """This API key was revoked."""

    code = "api_key_revoked"


class KeyRing:
    """Answers from memory; asks the read model for keys that it has not seen, and for changes all the time."""

    def __init__(self, pool: FairPool, tenants: Tenants, read: ReadSide, shards: int) -> None:
        self._pool = pool
        self._tenants = tenants
        self._read = read
        self._uses = KeyUses(pool)
        self._keys: dict[bytes, tuple[RingKey, Tenant]] = {}
        self._unknown: dict[bytes, float] = {}
        self._seen: dict[int, int] = dict.fromkeys(range(shards), 0)

    async def authenticate(self, headers: Mapping[str, str], now: datetime) -> tuple[RingKey, Tenant]:
        """The key of the request and its tenant. Raises Unauthenticated."""
        digest = hashlib.sha256(_secret(headers).encode()).digest()
        found = self._keys.get(digest)
        if found is None:
            found = await self._find(digest)
        key = found[0]
        if key.revoked_at is not None and key.revoked_at <= now:
            raise KeyRevoked
        if key.expires_at is not None and key.expires_at <= now:
            raise KeyExpired
        self._uses.note(key, now)
        return found

    async def watch(self, seconds: float) -> None:
        """Keeps the ring up with what changes anywhere, until it is cancelled."""
        while True:
            try:
                for shard in self._seen:
                    await self.refresh(shard)
                await self._uses.write()
            except StoreError as problem:
                log.warning("key_ring_not_refreshed", reason=str(problem))
            await asyncio.sleep(seconds)

    async def refresh(self, shard: int) -> None:
        """Takes over the changes of one shard since the last time."""
        for key in await changed_since(self._pool, shard, self._seen[shard]):
            self._seen[shard] = max(self._seen[shard], key.changed_position)
            self._unknown.pop(key.digest, None)
            if key.digest in self._keys:
                self._keys[key.digest] = (key, self._keys[key.digest][1])

    async def close(self) -> None:
        """Writes down which keys were used in the last moment, if Postgres is there."""
        with suppress(StoreError):
            await self._uses.write()

    async def _find(self, digest: bytes) -> tuple[RingKey, Tenant]:
        if self._unknown.get(digest, 0.0) > time.monotonic():
            raise _unknown()
        key = await by_digest(self._pool, digest)
        if key is None:
            # It may have been made a moment ago: look again once the ring has all that was written until now.
            await self._until_fresh()
            key = await by_digest(self._pool, digest)
        if key is None:
            if len(self._unknown) >= UNKNOWN_MAX:
                self._unknown.clear()
            self._unknown[digest] = time.monotonic() + UNKNOWN_SECONDS
            raise _unknown()
        tenant = await self._tenants.by_number(key.tenant)
        assert tenant is not None
        if len(self._keys) >= KEYS_MAX:
            self._keys.clear()
        self._keys[digest] = (key, tenant)
        return self._keys[digest]

    async def _until_fresh(self) -> None:
        await asyncio.gather(*(self._read.ring_fresh(shard) for shard in self._seen))


def _unknown() -> Unauthenticated:
    return Unauthenticated("This API key is not known. Check that it is complete and was not deleted.")


def _secret(headers: Mapping[str, str]) -> str:
    """The key of an Authorization header: Bearer, or Basic with the key as user name."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    value = value.strip()
    if len(value) > KEY_CHARACTERS_MAX * 2:
        raise Unauthenticated
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            raise Unauthenticated from None
    elif scheme.lower() != "bearer":
        raise Unauthenticated
    if not value:
        raise Unauthenticated
    return value
