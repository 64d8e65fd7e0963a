"""What is remembered of an API key. The secret itself is never recorded, only its SHA-256 digest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from services.core.event import Event, EventCodec, Published

Access = Literal["none", "read", "write"]


class ApiKeyCreated(Event, frozen=True, kw_only=True, tag="api_key.created"):
    """A key of one account and one environment; `permissions` None means everything."""

    id: str
    account: str
    livemode: bool
    digest: bytes
    last4: str
    name: str | None = None
    permissions: Mapping[str, Access] | None = None
    expires_at: datetime | None = None


class ApiKeyRolled(Event, frozen=True, kw_only=True, tag="api_key.rolled"):
    """The key has a new secret; the one before works until `old_expires_at`."""

    digest: bytes
    last4: str
    old_digest: bytes
    old_expires_at: datetime


class ApiKeyRevoked(Event, frozen=True, kw_only=True, tag="api_key.revoked"):
    """The key and every secret that it ever had open nothing any more."""

    digests: tuple[bytes, ...]


ApiKeyEvent = ApiKeyCreated | ApiKeyRolled | ApiKeyRevoked
EVENTS = EventCodec(ApiKeyCreated, ApiKeyRolled, ApiKeyRevoked)
PUBLISHED: Published = {
    ApiKeyCreated: ("api_key.created",),
    ApiKeyRolled: ("api_key.rolled",),
    ApiKeyRevoked: ("api_key.revoked",),
}
