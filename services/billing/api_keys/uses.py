"""When a key was last used, which the log does not tell."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from eventstore.seen import last_seen
from eventstore.tenants import Tenant
from services.billing.api_keys.views import ApiKeyObject
from services.core.clock import unix
from services.core.engine import Engine


async def last_used(engine: Engine, tenant: Tenant, id: str) -> datetime | None:
    """When the key was last used, to the minute."""
    return (await last_seen(engine.store.pool, tenant, [id])).get(id)


async def with_last_use(engine: Engine, tenant: Tenant, keys: Sequence[ApiKeyObject]) -> Sequence[ApiKeyObject]:
    """The keys with `last_used` filled in."""
    seen = await last_seen(engine.store.pool, tenant, [key.id for key in keys])
    return [replace(key, last_used=unix(seen[key.id])) if key.id in seen else key for key in keys]
