"""What is remembered of a webhook endpoint. Its secrets are recorded sealed; nobody reads them here."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from services.core.event import Event, EventCodec, Published


class WebhookEndpointCreated(Event, frozen=True, kw_only=True, tag="webhook_endpoint.created"):
    """Events of these types are sent to `url` from now on: exact ones, `customer.*`, or `*`."""

    id: str
    url: str
    enabled_events: tuple[str, ...]
    secret: bytes
    description: str | None = None
    metadata: dict[str, str] = {}


class WebhookEndpointUpdated(Event, frozen=True, kw_only=True, tag="webhook_endpoint.updated"):
    """Fields took new values; unset ones did not change. `metadata` is the whole map after the change."""

    url: str | UnsetType = UNSET
    enabled_events: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class WebhookSecretRolled(Event, frozen=True, kw_only=True, tag="webhook_endpoint.secret_rolled"):
    """What is sent is signed with a new secret, and with the one before until `old_expires_at`."""

    secret: bytes
    old_expires_at: datetime


class WebhookEndpointDisabled(Event, frozen=True, kw_only=True, tag="webhook_endpoint.disabled"):
    """Nothing had reached it since `failing_since_at`, so that nothing is sent to it any more."""

    failing_since_at: datetime


class WebhookEndpointTested(Event, frozen=True, kw_only=True, tag="webhook_endpoint.tested"):
    """Somebody asked for a test; this event itself is what is sent."""

    delivery: str


class WebhookResendRequested(Event, frozen=True, kw_only=True, tag="webhook_endpoint.resend_requested"):
    """Somebody asked for an event (`evt_…`) to be sent once more."""

    delivery: str
    event: str


class WebhookReplayRequested(Event, frozen=True, kw_only=True, tag="webhook_endpoint.replay_requested"):
    """Somebody asked for everything between a position of the log and this event to be sent once more."""

    replay: str
    after_position: int


class WebhookEndpointDeleted(Event, frozen=True, kw_only=True, tag="webhook_endpoint.deleted"):
    """Nothing is sent to it any more."""


WebhookEndpointEvent = (
    WebhookEndpointCreated
    | WebhookEndpointUpdated
    | WebhookSecretRolled
    | WebhookEndpointDisabled
    | WebhookEndpointTested
    | WebhookResendRequested
    | WebhookReplayRequested
    | WebhookEndpointDeleted
)
EVENTS = EventCodec(
    WebhookEndpointCreated,
    WebhookEndpointUpdated,
    WebhookSecretRolled,
    WebhookEndpointDisabled,
    WebhookEndpointTested,
    WebhookResendRequested,
    WebhookReplayRequested,
    WebhookEndpointDeleted,
)
PUBLISHED: Published = {
    WebhookEndpointCreated: ("webhook_endpoint.created",),
    WebhookEndpointUpdated: ("webhook_endpoint.updated",),
    WebhookSecretRolled: ("webhook_endpoint.secret_rolled",),
    WebhookEndpointDisabled: ("webhook_endpoint.disabled",),
    WebhookEndpointTested: ("webhook_endpoint.tested",),
    WebhookResendRequested: (),
    WebhookReplayRequested: (),
    WebhookEndpointDeleted: ("webhook_endpoint.deleted",),
}
