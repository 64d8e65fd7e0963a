"""Which digest opens what: the key ring of every API process."""

from collections.abc import Mapping, Sequence

import msgspec

from eventstore.pool import Connection
from projections.projection import sql_beside
from services.billing.api_keys.events import ApiKeyCreated, ApiKeyRevoked, ApiKeyRolled
from services.core.event import Fact

ADD = """
insert into keys (
  shard, tenant, digest, key_id, account, livemode, permissions, expires_at, changed_position
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (shard, tenant, digest) do nothing
"""
# A rolled key opens what the one before it opened; the old secret goes on until its grace time is over.
ROLL = """
insert into keys (
  shard, tenant, digest, key_id, account, livemode, permissions, expires_at, changed_position
)
select shard, tenant, $4, key_id, account, livemode, permissions, expires_at, $5
  from keys
 where (shard, tenant, digest) = ($1, $2, $3)
    on conflict (shard, tenant, digest) do nothing
"""
EXPIRE = """
update keys
   set expires_at = least(expires_at, $4),
       changed_position = $5
 where (shard, tenant, digest) = ($1, $2, $3)
   and changed_position < $5
"""
REVOKE = """
update keys
   set revoked_at = $4,
       changed_position = $5
 where shard = $1
   and tenant = $2
   and digest = any ($3::bytea[])
   and revoked_at is null
"""


class KeyRing:
    """Keys change seldom: a statement for each change is enough."""

    name = "key_ring"
    revision = 1
    wants: frozenset[str] | None = frozenset({"api_key.created", "api_key.rolled", "api_key.revoked"})
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"keys": "*"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        for fact in facts:
            where = fact.recorded.shard, fact.recorded.tenant
            position, event = fact.recorded.position, fact.event
            if isinstance(event, ApiKeyCreated):
                permissions = None if event.permissions is None else msgspec.json.encode(event.permissions).decode()
                who = (event.id, event.account, event.livemode, permissions, event.expires_at)
                await connection.execute(ADD, *where, event.digest, *who, position)
            elif isinstance(event, ApiKeyRolled):
                # The new secret first: it takes over the expiry that the old one had.
                await connection.execute(ROLL, *where, event.old_digest, event.digest, position)
                await connection.execute(EXPIRE, *where, event.old_digest, event.old_expires_at, position)
            elif isinstance(event, ApiKeyRevoked):
                await connection.execute(REVOKE, *where, list(event.digests), fact.at, position)
