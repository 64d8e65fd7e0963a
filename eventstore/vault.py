"""Per-subject data keys: they seal personal fields, and destroying one erases its subject.

A data key is 32 random bytes for AES-256-GCM (NIST SP 800-38D). It lies in the database wrapped by the master
key, which the database never sees.
"""

import base64
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventstore.gather import Gather
from eventstore.pool import FairPool
from eventstore.randomness import slab_bytes
from eventstore.record import DataKeyRow
from eventstore.tenants import Tenant

NONCE_BYTES = 12
# The first byte of everything sealed says how: sealed bytes are for ever, ciphers are not.
AES_256_GCM = b"\x01"
KEY_BYTES = 32
CACHED_KEYS_MAX = 100_000
# A key shredded by another process is forgotten here within this time.
CACHED_SECONDS_MAX = 1.0

FETCH = """
select k.tenant, k.subject, k.wrapped
  from unnest($2::integer[], $3::text[]) as wanted(tenant, subject)
  join es.data_keys k
    on (k.shard, k.tenant, k.subject) = ($1, wanted.tenant, wanted.subject)
"""
SHRED = """
update es.data_keys
   set wrapped = null,
       shredded_at = now()
 where shard = $1
   and tenant = $2
   and subject = $3
   and wrapped is not null
"""


class KeyMissing(Exception):
    """The subject never had a data key."""


class Tampered(Exception):
    """What was sealed, or what it was sealed for, is not what it was; or the master key is another one."""


class DataKey:
    """Seals and opens with one subject's key. `aad` must be the same both times and is not hidden."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        """A random nonce and the ciphertext."""
        nonce = slab_bytes(NONCE_BYTES)
        return AES_256_GCM + nonce + self._cipher.encrypt(nonce, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """The plain bytes. Raises Tampered."""
        try:
            return _decrypted(self._cipher, sealed, aad)
        except InvalidTag:
            raise Tampered from None


class Vault:
    """Makes, keeps and destroys data keys. Those in use are cached for a moment."""

    def __init__(self, pool: FairPool, master_key: bytes) -> None:
        self._pool = pool
        self._master = AESGCM(master_key)
        # Copied for each name: half of the work is the same for all of them.
        self._blinding = hmac.new(hmac.digest(master_key, b"peaswap blinding key", "sha256"), digestmod=hashlib.sha256)
        self._fetches: Gather[tuple[int, str], tuple[bytes | None]] = Gather(self._fetch_now)
        self._cache: OrderedDict[tuple[int, str], tuple[DataKey | None, float]] = OrderedDict()
        # How often something was forgotten: what was fetched before that may be what was to be forgotten.
        self._forgotten = 0

    async def key(self, tenant: Tenant, subject: str) -> DataKey | None:
        """The subject's key, None when it was shredded. Raises KeyMissing when it never had one."""
        found = await self.keys(tenant, [subject])
        if subject not in found:
            raise KeyMissing(subject)
        return found[subject]

    async def keys(self, tenant: Tenant, subjects: Sequence[str]) -> dict[str, DataKey | None]:
        """The keys of these subjects, with one query for all that are not cached; None for shredded ones."""
        now = time.monotonic()
        found: dict[str, DataKey | None] = {}
        unknown: list[str] = []
        for subject in subjects:
            cached = self._cache.get((tenant.number, subject))
            if cached is not None and cached[1] > now:
                found[subject] = cached[0]
            else:
                unknown.append(subject)
        if unknown:
            forgotten = self._forgotten
            for subject, wrapped in await self._fetched(tenant, unknown):
                found[subject] = None if wrapped is None else self._unwrapped(tenant, subject, wrapped)
            if self._forgotten == forgotten:
                self._remember(tenant, {subject: found[subject] for subject in unknown if subject in found})
        return found

    async def key_or_new(
        self, tenant: Tenant, subject: str, new: dict[str, DataKeyRow], *, fresh: bool = False
    ) -> DataKey | None:
        """The subject's key; where it has none, one is made and put into `new`, to be written by the append.

        `fresh` says that the subject was just invented, so that nobody need be asked. None when shredded.
        """
        if subject in new:
            return self._unwrapped(tenant, subject, new[subject].wrapped)
        if not fresh:
            found = await self.keys(tenant, [subject])
            if subject in found:
                return found[subject]
        key = slab_bytes(KEY_BYTES)
        nonce = slab_bytes(NONCE_BYTES)
        new[subject] = DataKeyRow(
            subject, AES_256_GCM + nonce + self._master.encrypt(nonce, key, _owner(tenant, subject))
        )
        return DataKey(key)

    def forget(self, tenant: Tenant, subject: str) -> None:
        """Asks the database again when the key is next needed."""
        self._forgotten += 1
        self._cache.pop((tenant.number, subject), None)

    async def shred(self, tenant: Tenant, subject: str) -> None:
        """Destroys the key: what it sealed can be read by nobody any more. Safe to repeat."""
        try:
            await self._pool.execute(SHRED, tenant.shard, tenant.number, subject)
        finally:
            self.forget(tenant, subject)

    def seal(self, tenant: Tenant, id: str, secret: bytes) -> bytes:
        """A secret of the server's own, sealed by the master key for this id."""
        nonce = slab_bytes(NONCE_BYTES)
        return AES_256_GCM + nonce + self._master.encrypt(nonce, secret, _secret(tenant, id))

    def unseal(self, tenant: Tenant, id: str, sealed: bytes) -> bytes:
        """What was sealed for this id. Raises Tampered."""
        try:
            return _decrypted(self._master, sealed, _secret(tenant, id))
        except InvalidTag:
            raise Tampered(f"the secret {id} does not open: is this the right master key?") from None

    def blind(self, tenant: Tenant, text: str) -> str:
        """`text` as a name that tells nothing, yet is the same each time within a tenant."""
        blinded = self._blinding.copy()
        blinded.update(f"{tenant.number}:{text}".encode())
        return base64.urlsafe_b64encode(blinded.digest()).decode().rstrip("=")

    async def _fetched(self, tenant: Tenant, subjects: Sequence[str]) -> Sequence[tuple[str, bytes | None]]:
        if len(subjects) > 1:
            fetched = await self._fetch_now(tenant.shard, [(tenant.number, subject) for subject in subjects])
            return [(subject, row[0]) for (_, subject), row in fetched.items()]
        row = await self._fetches.get(tenant.shard, (tenant.number, subjects[0]))
        return [] if row is None else [(subjects[0], row[0])]

    async def _fetch_now(
        self, shard: int, wanted: Sequence[tuple[int, str]]
    ) -> dict[tuple[int, str], tuple[bytes | None]]:
        rows = await self._pool.fetch(
            FETCH, shard, [tenant for tenant, _ in wanted], [subject for _, subject in wanted]
        )
        return {(tenant, subject): (wrapped,) for tenant, subject, wrapped in rows}

    def _unwrapped(self, tenant: Tenant, subject: str, wrapped: bytes) -> DataKey:
        try:
            return DataKey(_decrypted(self._master, wrapped, _owner(tenant, subject)))
        except InvalidTag:
            raise Tampered(f"the data key of {subject} does not open: is this the right master key?") from None

    def _remember(self, tenant: Tenant, keys: Mapping[str, DataKey | None]) -> None:
        now, cache = time.monotonic(), self._cache
        for subject, key in keys.items():
            name = (tenant.number, subject)
            cache.pop(name, None)
            cache[name] = (key, now + CACHED_SECONDS_MAX)
        # The oldest stand first; what is no longer used does not stay in memory.
        while cache and (len(cache) > CACHED_KEYS_MAX or next(iter(cache.values()))[1] <= now):
            cache.popitem(last=False)


def _decrypted(cipher: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    if sealed[:1] != AES_256_GCM:
        raise InvalidTag
    return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], aad)


def _secret(tenant: Tenant, id: str) -> bytes:
    return f"secret:{tenant.number}:{id}".encode()


def _owner(tenant: Tenant, subject: str) -> bytes:
    return f"{tenant.number}:{subject}".encode()
