"""Seals: signed Merkle roots over the positions of the log, each chained to the one before it.

A stream's chain cannot show that its last events are missing, nor that all of it was written anew with new hashes. A
seal can, for it is signed by a key that is derived from the master key, which the database never sees. Whoever keeps
the hash of the last seal elsewhere can also show that seals were cut off together with what they covered.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from eventstore.chain import EPOCH, MICROSECOND
from eventstore.pool import FairPool

EVENTS_A_SEAL = 1_000
# Fewer events are sealed when the first of them is older than this.
SEALED_AFTER = timedelta(minutes=1)
SEALS_A_ROUND_MAX = 100
START = bytes(32)

_FIELDS = "shard, number, position, sealed_at, root, hash, signature"

LAST = f"select {_FIELDS} from es.seals where shard = $1 order by number desc limit 1"
AFTER = f"select {_FIELDS} from es.seals where shard = $1 and number > $2 order by number limit 10000"
UNSEALED = """
select position, hash, recorded_at
  from es.events
 where shard = $1
   and position > $2
 order by position
 limit $3
"""
STANDS = "select count(*) > 0 from es.seals where number || ':' || encode(hash, 'hex') = $1"
# Where two seal at once the first one counts: what the second would say is the same, or more.
ADD = """
insert into es.seals (shard, number, position, sealed_at, root, hash, signature)
values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (shard, number) do nothing
"""


class Seal(Struct, frozen=True):
    """The seal `number` of a shard covers everything after the seal before it, up to and with `position`."""

    shard: int
    number: int
    position: int
    sealed_at: datetime
    root: bytes
    hash: bytes
    signature: bytes


class SealingKey:
    """Signs and checks seals."""

    def __init__(self, master_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(hmac.digest(master_key, b"peaswap sealing key", "sha256"))

    def sign(self, hash: bytes) -> bytes:
        """The signature of a seal with this hash."""
        return self._key.sign(hash)

    def signed(self, seal: Seal) -> bool:
        """Whether the seal was signed by this key."""
        try:
            self._key.public_key().verify(seal.signature, seal.hash)
        except InvalidSignature:
            return False
        return True


def leaf(position: int, hash: bytes) -> bytes:
    """The leaf of an event; leaves and inner nodes start differently, so that none can pass for the other."""
    return hashlib.sha256(b"\x00" + position.to_bytes(8, "big") + hash).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over at least one leaf; a node without a neighbour rises as it is."""
    level = list(leaves)
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def seal_hash(previous: bytes, shard: int, number: int, position: int, sealed_at: datetime, root: bytes) -> bytes:
    """The 32 bytes that follow `previous` (START for the first) in the chain of seals."""
    micros = (sealed_at - EPOCH) // MICROSECOND
    return hashlib.sha256(b"%b%d;%d;%d;%d;%b" % (previous, shard, number, position, micros, root)).digest()


async def seal(pool: FairPool, key: SealingKey, shard: int, now: datetime) -> int:
    """Seals what is ripe; returns how many seals that made. Any number of processes may do so at once."""
    for made in range(SEALS_A_ROUND_MAX):
        last = await last_seal(pool, shard)
        number, position, previous = (last.number, last.position, last.hash) if last else (0, 0, START)
        rows = await pool.fetch(UNSEALED, shard, position, EVENTS_A_SEAL)
        if not rows or (len(rows) < EVENTS_A_SEAL and rows[0][2] > now - SEALED_AFTER):
            return made
        root = merkle_root([leaf(row[0], row[1]) for row in rows])
        hash = seal_hash(previous, shard, number + 1, rows[-1][0], now, root)
        await pool.execute(ADD, shard, number + 1, rows[-1][0], now, root, hash, key.sign(hash))
    return SEALS_A_ROUND_MAX


async def last_seal(pool: FairPool, shard: int) -> Seal | None:
    """The newest seal of a shard."""
    row = await pool.fetchrow(LAST, shard)
    return None if row is None else Seal(*row)


async def seals_after(pool: FairPool, shard: int, number: int) -> list[Seal]:
    """The next seals of a shard, in order; none after the last one."""
    return [Seal(*row) for row in await pool.fetch(AFTER, shard, number)]


async def missing_seals(pool: FairPool, kept: Sequence[str]) -> list[str]:
    """Those of the seals kept elsewhere, as `number:hash` in hexadecimal digits, that stand in no shard."""
    return [each for each in kept if not await pool.fetchval(STANDS, each.lower())]
