"""Secrets of others that the server must use itself: sealed by the master key, beside the log and never in it.

A secret never changes. A new one is kept under another id, and the old one removed; what is recorded in the log is
the id, so that the log can be shown to anybody.
"""

from eventstore.pool import FairPool
from eventstore.tenants import Tenant
from eventstore.vault import Vault

# Sent again after a lost connection it may be there: ids are fresh, so that it is this very one.
KEEP = """
insert into es.secrets (shard, tenant, id, sealed)
values ($1, $2, $3, $4)
    on conflict (shard, tenant, id) do nothing
"""
KEPT = """
select sealed
  from es.secrets
 where (shard, tenant, id) = ($1, $2, $3)
"""
REMOVE = """
delete from es.secrets
 where (shard, tenant, id) = ($1, $2, $3)
"""


class Secrets:
    """Keeps, opens and removes them."""

    def __init__(self, pool: FairPool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    async def keep(self, tenant: Tenant, id: str, secret: bytes) -> None:
        """Keeps a secret under a fresh id."""
        await self._pool.execute(KEEP, tenant.shard, tenant.number, id, self._vault.seal(tenant, id, secret))

    async def open(self, tenant: Tenant, id: str) -> bytes | None:
        """The secret; None when it was removed. Raises Tampered when the master key is another one."""
        sealed = await self._pool.fetchval(KEPT, tenant.shard, tenant.number, id)
        return None if sealed is None else self._vault.unseal(tenant, id, sealed)

    async def remove(self, tenant: Tenant, id: str) -> None:
        """Removes a secret. Safe to repeat."""
        await self._pool.execute(REMOVE, tenant.shard, tenant.number, id)
