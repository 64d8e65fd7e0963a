"""An API key as clients see it."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from services.billing.api_keys.events import Access
from services.billing.api_keys.state import ApiKey
from services.core.clock import unix


class ApiKeyObject(Struct, frozen=True, kw_only=True):
    """`secret` is there only in the answer that made it; `permissions` null means everything. `last_used` is right to
    the minute."""

    id: str
    object: str = "api_key"
    name: str | None
    created: int
    updated: int
    expires: int | None
    last4: str
    last_used: int | None
    livemode: bool
    permissions: Mapping[str, Access] | None
    revoked: int | None
    type: str
    secret: str | UnsetType = UNSET


def api_key_object(
    key: ApiKey, livemode: bool, secret: str | UnsetType = UNSET, last_used_at: datetime | None = None
) -> ApiKeyObject:
    """The wire form of a key."""
    return ApiKeyObject(
        id=key.id,
        name=key.name,
        created=unix(key.created_at),
        updated=unix(key.updated_at),
        expires=unix(key.expires_at) if key.expires_at else None,
        last4=key.last4,
        last_used=unix(last_used_at) if last_used_at else None,
        livemode=livemode,
        permissions=key.permissions,
        revoked=unix(key.revoked_at) if key.revoked_at else None,
        type="secret" if key.permissions is None else "restricted",
        secret=secret,
    )
