"""The envelope of a command: who asks, for which tenant, when, under which key, because of which event."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from eventstore.tenants import Tenant


class RequestKey(Struct, frozen=True):
    """An Idempotency-Key together with the SHA-256 of method, path and parameters it was sent with."""

    key: str
    request_hash: bytes


class Seen(Struct, frozen=True):
    """The version of a stream that the asker had before the eyes: what is asked is refused when it has moved on."""

    stream: str
    version: int


class Envelope(Struct, frozen=True, kw_only=True):
    """`actor` is `api_key:key_…`, `user:user_…`, `scheduler:…` or `system:…`; `at` is the business time of the command.

    `permissions` maps a resource to `none`, `read` or `write`; None means everything.
    """

    tenant: Tenant
    account: str
    livemode: bool
    actor: str
    request_id: str
    at: datetime
    key: RequestKey | None = None
    caused_by: str = ""
    permissions: Mapping[str, str] | None = None
    seen: Seen | None = None

    def may(self, needs: str) -> bool:
        """Whether the asker has a permission such as `customers:write`; writing includes reading."""
        if self.permissions is None:
            return True
        resource, _, access = needs.partition(":")
        granted = self.permissions.get(resource, "none")
        return granted in {"write", access}
