"""What an API process asks the key ring."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from eventstore.pool import FairPool

_FIELDS = "shard, tenant, digest, key_id, account, livemode, permissions, expires_at, revoked_at, changed_position"
BY_DIGEST = f"select {_FIELDS} from rm_key_ring.keys where digest = $1"
CHANGED = f"""
select {_FIELDS}
  from rm_key_ring.keys
 where shard = $1
   and changed_position > $2
 order by changed_position
 limit 10000
"""


class RingKey(Struct, frozen=True):
    """What a secret opens. `permissions` None means everything."""

    shard: int
    tenant: int
    digest: bytes
    key_id: str
    account: str
    livemode: bool
    permissions: dict[str, str] | None
    expires_at: datetime | None
    revoked_at: datetime | None
    changed_position: int


async def by_digest(pool: FairPool, digest: bytes) -> RingKey | None:
    """The key with this digest, whatever its state."""
    row = await pool.fetchrow(BY_DIGEST, digest)
    return None if row is None else _key(row)


async def changed_since(pool: FairPool, shard: int, position: int) -> list[RingKey]:
    """The keys of a shard that changed after `position`."""
    return [_key(row) for row in await pool.fetch(CHANGED, shard, position)]


def _key(row: Any) -> RingKey:
    values = list(row)
    values[6] = None if values[6] is None else msgspec.json.decode(values[6], type=dict[str, str])
    return RingKey(*values)
