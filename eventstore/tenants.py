"""The directory of tenants. A tenant never changes, so that what a process has seen once it knows for ever."""

from eventstore.pool import FairPool
from eventstore.record import Tenant

ROOMIEST = """
select prepared.shard
  from (select distinct shard from es.checkpoints) as prepared
  left join es.tenants t
    on t.shard = prepared.shard
 group by prepared.shard
 order by count(t.tenant), prepared.shard
 limit 1
"""


class Tenants:
    """Finds tenants by name or number, and opens new ones."""

    def __init__(self, pool: FairPool) -> None:
        self._pool = pool
        self._by_name: dict[str, Tenant] = {}
        self._by_number: dict[int, Tenant] = {}

    async def open(self, name: str, shard: int = 0) -> Tenant:
        """The tenant of this name; made in `shard` when there is none. Safe to ask twice, and at once."""
        known = await self.find(name)
        if known is not None:
            return known
        await self._pool.execute(
            """
            insert into es.tenants (shard, name)
            values ($1, $2)
                on conflict (name) do nothing
            """,
            shard,
            name,
        )
        opened = await self.find(name)
        assert opened is not None
        return opened

    async def roomiest(self) -> int:
        """The shard for a new account: of those that have been set up the one with the fewest tenants."""
        return await self._pool.fetchval(ROOMIEST) or 0

    async def find(self, name: str) -> Tenant | None:
        """The tenant of this name, or None."""
        if name not in self._by_name:
            self._remember(await self._pool.fetch("select shard, tenant, name from es.tenants where name = $1", name))
        return self._by_name.get(name)

    async def by_number(self, number: int) -> Tenant | None:
        """The tenant with this number, or None."""
        if number not in self._by_number:
            self._remember(
                await self._pool.fetch("select shard, tenant, name from es.tenants where tenant = $1", number)
            )
        return self._by_number.get(number)

    async def all(self) -> list[Tenant]:
        """Every tenant, oldest first."""
        rows = await self._pool.fetch("select shard, tenant, name from es.tenants order by tenant")
        return self._remember(rows)

    def _remember(self, rows: list[tuple[int, int, str]]) -> list[Tenant]:
        tenants = [Tenant(shard, number, name) for shard, number, name in rows]
        for tenant in tenants:
            self._by_name[tenant.name] = tenant
            self._by_number[tenant.number] = tenant
        return tenants


__all__ = ["Tenant", "Tenants"]
