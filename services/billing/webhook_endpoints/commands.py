"""What can be asked of a webhook endpoint."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from services.core.fields import MetadataPatch


class CreateWebhookEndpoint(Struct, frozen=True, kw_only=True):
    """`secret` is sealed; so it is wherever it is named here."""

    id: str
    url: str
    enabled_events: tuple[str, ...]
    secret: bytes
    description: str | None = None
    metadata: dict[str, str] = {}


class UpdateWebhookEndpoint(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is; metadata is merged when the command is decided."""

    url: str | UnsetType = UNSET
    enabled_events: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    metadata: MetadataPatch = UNSET
    enabled: bool | UnsetType = UNSET


class RollWebhookSecret(Struct, frozen=True, kw_only=True):
    """A new secret; what is sent is signed with the old one too until `old_expires_at`."""

    secret: bytes
    old_expires_at: datetime


class DisableFailingWebhookEndpoint(Struct, frozen=True):
    """Nothing has reached it since `failing_since_at`."""

    failing_since_at: datetime


class TestWebhookEndpoint(Struct, frozen=True):
    """Send it a test event, in the delivery of this id."""

    # To pytest a class of this name looks like a test.
    __test__ = False

    delivery: str


class ResendEvent(Struct, frozen=True):
    """Send it this event (`evt_…`) once more, in the delivery of this id."""

    delivery: str
    event: str


class ReplayEvents(Struct, frozen=True):
    """Send it once more all that it wants to be told of, of what stands after a position of the log, up to now."""

    replay: str
    after_position: int


class DeleteWebhookEndpoint(Struct, frozen=True):
    """Nothing is sent to it any more."""


class NoteWebhookTest(Struct, frozen=True):
    """What became of a test is told to whoever asked for it; nothing changes."""


WebhookEndpointCommand = (
    CreateWebhookEndpoint
    | UpdateWebhookEndpoint
    | RollWebhookSecret
    | DisableFailingWebhookEndpoint
    | TestWebhookEndpoint
    | ResendEvent
    | ReplayEvents
    | DeleteWebhookEndpoint
    | NoteWebhookTest
)
