"""A webhook endpoint as its events tell it."""

from datetime import datetime
from typing import assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.webhook_endpoints.events import (
    WebhookEndpointCreated,
    WebhookEndpointDeleted,
    WebhookEndpointDisabled,
    WebhookEndpointEvent,
    WebhookEndpointTested,
    WebhookEndpointUpdated,
    WebhookReplayRequested,
    WebhookResendRequested,
    WebhookSecretRolled,
)


class WebhookEndpoint(Struct, frozen=True, kw_only=True):
    """Where events are sent. `secret` and `old_secret` are sealed; the old one signs until `old_expires_at`.
    `failing_since_at` says why it was disabled by itself."""

    id: str
    url: str
    enabled_events: tuple[str, ...]
    description: str | None
    metadata: dict[str, str]
    enabled: bool
    secret: bytes
    created_at: datetime
    updated_at: datetime
    old_secret: bytes | None = None
    old_expires_at: datetime | None = None
    failing_since_at: datetime | None = None
    deleted_at: datetime | None = None

    def secrets_at(self, at: datetime) -> list[bytes]:
        """The sealed secrets that sign at this instant, the newest first."""
        rolling = self.old_secret is not None and self.old_expires_at is not None and at < self.old_expires_at
        return [self.secret, self.old_secret] if rolling and self.old_secret is not None else [self.secret]


def evolve(endpoint: WebhookEndpoint | None, event: WebhookEndpointEvent, at: datetime) -> WebhookEndpoint:
    """The endpoint after `event`, which happened at `at`."""
    if isinstance(event, WebhookEndpointCreated):
        return WebhookEndpoint(**asdict(event), enabled=True, created_at=at, updated_at=at)
    assert endpoint is not None, "the first event of a webhook endpoint is its creation"
    match event:
        case WebhookEndpointUpdated():
            given = {name: value for name, value in asdict(event).items() if value is not UNSET}
            failing = None if event.enabled is True else endpoint.failing_since_at
            return replace(endpoint, **given, failing_since_at=failing, updated_at=at)
        case WebhookSecretRolled(secret=secret, old_expires_at=old_expires_at):
            return replace(
                endpoint, secret=secret, old_secret=endpoint.secret, old_expires_at=old_expires_at, updated_at=at
            )
        case WebhookEndpointDisabled(failing_since_at=failing_since_at):
            return replace(endpoint, enabled=False, failing_since_at=failing_since_at, updated_at=at)
        case WebhookEndpointTested() | WebhookResendRequested() | WebhookReplayRequested():
            return endpoint
        case WebhookEndpointDeleted():
            return replace(endpoint, deleted_at=at)
        case _:
            assert_never(event)
