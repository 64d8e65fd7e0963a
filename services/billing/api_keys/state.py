"""An API key as its events tell it."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from services.billing.api_keys.events import Access, ApiKeyCreated, ApiKeyEvent, ApiKeyRevoked, ApiKeyRolled


class ApiKey(Struct, frozen=True, kw_only=True):
    """`digests` are those of all secrets it ever had, the current one last."""

    id: str
    account: str
    livemode: bool
    digests: tuple[bytes, ...]
    last4: str
    name: str | None
    permissions: Mapping[str, Access] | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revoked_at: datetime | None = None


def evolve(key: ApiKey | None, event: ApiKeyEvent, at: datetime) -> ApiKey:
    """The key after `event`."""
    if isinstance(event, ApiKeyCreated):
        return ApiKey(
            id=event.id,
            account=event.account,
            livemode=event.livemode,
            digests=(event.digest,),
            last4=event.last4,
            name=event.name,
            permissions=event.permissions,
            expires_at=event.expires_at,
            created_at=at,
            updated_at=at,
        )
    assert key is not None, "the first event of a key is its creation"
    match event:
        case ApiKeyRolled(digest=digest, last4=last4):
            return replace(key, digests=(*key.digests, digest), last4=last4, updated_at=at)
        case ApiKeyRevoked():
            return replace(key, revoked_at=at, updated_at=at)
        case _:
            assert_never(event)
