"""Decides what may be done to a webhook endpoint."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from services.billing.webhook_endpoints.commands import (
    CreateWebhookEndpoint,
    DeleteWebhookEndpoint,
    DisableFailingWebhookEndpoint,
    NoteWebhookTest,
    ReplayEvents,
    ResendEvent,
    RollWebhookSecret,
    TestWebhookEndpoint,
    UpdateWebhookEndpoint,
    WebhookEndpointCommand,
)
from services.billing.webhook_endpoints.events import (
    EVENTS,
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
from services.billing.webhook_endpoints.state import WebhookEndpoint, evolve
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing


class WebhookEndpointExists(Conflict):
    """A webhook endpoint with this id exists already."""

    code = "resource_already_exists"


class WebhookEndpointMissing(Missing):
    """There is no such webhook endpoint."""


class WebhookEndpointIsDeleted(Missing):
    """This webhook endpoint was deleted."""


class WebhookEndpointIsDisabled(Conflict):
    """This webhook endpoint is disabled, so that nothing is sent to it; enable it first."""

    code = "webhook_endpoint_disabled"


def decide(
    endpoint: WebhookEndpoint | None, command: WebhookEndpointCommand, _at: datetime
) -> Sequence[WebhookEndpointEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateWebhookEndpoint):
        if endpoint is not None:
            raise WebhookEndpointExists
        return [WebhookEndpointCreated(**asdict(command))]
    if endpoint is None:
        raise WebhookEndpointMissing
    if isinstance(command, NoteWebhookTest):
        return []
    if endpoint.deleted_at is not None:
        if isinstance(command, DisableFailingWebhookEndpoint):
            return []
        raise WebhookEndpointIsDeleted(
            f"This webhook endpoint was deleted at {endpoint.deleted_at:%Y-%m-%dT%H:%M:%SZ}."
        )
    if isinstance(command, TestWebhookEndpoint | ResendEvent | ReplayEvents) and not endpoint.enabled:
        raise WebhookEndpointIsDisabled
    match command:
        case UpdateWebhookEndpoint():
            wanted = asdict(command) | {"metadata": merged_metadata(endpoint.metadata, command.metadata)}
            new = {name: v for name, v in wanted.items() if v is not UNSET and getattr(endpoint, name) != v}
            return [WebhookEndpointUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]
        case RollWebhookSecret(secret=secret, old_expires_at=old_expires_at):
            return [WebhookSecretRolled(secret=secret, old_expires_at=old_expires_at)]
        case DisableFailingWebhookEndpoint(failing_since_at=failing_since_at):
            return [WebhookEndpointDisabled(failing_since_at=failing_since_at)] if endpoint.enabled else []
        case TestWebhookEndpoint(delivery=delivery):
            return [WebhookEndpointTested(delivery=delivery)]
        case ResendEvent(delivery=delivery, event=event):
            return [WebhookResendRequested(delivery=delivery, event=event)]
        case ReplayEvents(replay=replay, after_position=after_position):
            return [WebhookReplayRequested(replay=replay, after_position=after_position)]
        case DeleteWebhookEndpoint():
            return [WebhookEndpointDeleted()]
        case _:
            assert_never(command)


WEBHOOK_ENDPOINTS: Decider[WebhookEndpoint, WebhookEndpointCommand, WebhookEndpointEvent] = Decider(
    category="webhook_endpoint", prefix="we", events=EVENTS, decide=decide, evolve=evolve
)
