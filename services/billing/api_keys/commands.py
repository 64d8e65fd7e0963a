"""What can be asked of an API key."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from services.billing.api_keys.events import Access


class CreateApiKey(Struct, frozen=True, kw_only=True):
    """`digest` is the SHA-256 of the secret; `permissions` None means everything (`sk_`)."""

    id: str
    account: str
    livemode: bool
    digest: bytes
    last4: str
    name: str | None = None
    permissions: Mapping[str, Access] | None = None
    expires_at: datetime | None = None


class RollApiKey(Struct, frozen=True, kw_only=True):
    """A new secret; the old one works until `old_expires_at`."""

    digest: bytes
    last4: str
    old_expires_at: datetime


class RevokeApiKey(Struct, frozen=True):
    """The key opens nothing from now on, nor does any secret that it was rolled from."""


ApiKeyCommand = CreateApiKey | RollApiKey | RevokeApiKey
