"""A webhook endpoint as clients see it."""

from collections.abc import Sequence
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.billing.webhook_endpoints.state import WebhookEndpoint
from services.core.clock import unix


class WebhookEndpointObject(Struct, frozen=True, kw_only=True):
    """`secret` is there only in the answers that made it. `failing_since`: it was disabled because nothing had reached
    it since then. Instants are Unix seconds."""

    id: str
    object: str = "webhook_endpoint"
    created: int
    updated: int
    description: str | None
    enabled_events: Sequence[str]
    failing_since: int | None
    livemode: bool
    metadata: dict[str, str]
    status: Literal["ENABLED", "DISABLED"]
    url: str
    secret: str | UnsetType = UNSET


def webhook_endpoint_object(
    endpoint: WebhookEndpoint, livemode: bool, secret: str | UnsetType = UNSET
) -> WebhookEndpointObject:
    """The wire form of a webhook endpoint."""
    return WebhookEndpointObject(
        id=endpoint.id,
        created=unix(endpoint.created_at),
        updated=unix(endpoint.updated_at),
        description=endpoint.description,
        enabled_events=endpoint.enabled_events,
        failing_since=None if endpoint.failing_since_at is None else unix(endpoint.failing_since_at),
        livemode=livemode,
        metadata=endpoint.metadata,
        status="ENABLED" if endpoint.enabled else "DISABLED",
        url=endpoint.url,
        secret=secret,
    )
