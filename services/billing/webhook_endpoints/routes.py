"""The calls that create, change and delete webhook endpoints, and roll their secrets."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.webhook_endpoints.commands import (
    CreateWebhookEndpoint,
    DeleteWebhookEndpoint,
    RollWebhookSecret,
    UpdateWebhookEndpoint,
)
from services.billing.webhook_endpoints.decider import WEBHOOK_ENDPOINTS
from services.billing.webhook_endpoints.destination import checked_url
from services.billing.webhook_endpoints.events import PUBLISHED
from services.billing.webhook_endpoints.state import WebhookEndpoint
from services.billing.webhook_endpoints.views import WebhookEndpointObject, webhook_endpoint_object
from services.core.capability import Capability
from services.core.event_types import EventTypes
from services.core.fields import LongText, MetadataDraft, cleared, merged_metadata
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.outbound import Outbound
from services.core.refusal import Invalid
from services.core.signing import new_signing_secret
from services.core.step import Answer, Step
from services.core.wire import DeletedObject, ok

GRACE_SECONDS_DEFAULT = 24 * 60 * 60
GRACE_SECONDS_MAX = 7 * 24 * 60 * 60
PATTERNS_MAX = 100

Patterns = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(min_length=1, max_length=PATTERNS_MAX)
]


class WebhookEndpointDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new endpoint. `enabled_events`: types such as `customer.created`, groups such as `customer.*`, or `*`."""

    url: str
    enabled_events: Patterns
    description: LongText | None = None
    metadata: MetadataDraft | Literal[""] | None = None


class WebhookEndpointPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to an endpoint; what is absent stays as it is. `disabled` is another way to say `status`."""

    url: str | UnsetType = UNSET
    enabled_events: Patterns | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET
    status: Literal["ENABLED", "DISABLED"] | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class SecretRoll(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`grace_seconds`: how long everything is signed with the old secret too, 24 hours unless said otherwise, 7 days
    at most."""

    grace_seconds: Annotated[int, Meta(ge=0, le=GRACE_SECONDS_MAX)] = GRACE_SECONDS_DEFAULT


class EventTypeUnknown(Invalid):
    """There is no such type of event."""

    code = "event_type_unknown"


async def create(call: Call[WebhookEndpointDraft, None]) -> Reply:
    """Creates an endpoint; its secret is in this answer and nowhere else."""
    draft, envelope = call.body, call.envelope
    id, secret = new_id(WEBHOOK_ENDPOINTS.prefix), new_signing_secret()
    command = CreateWebhookEndpoint(
        id=id,
        url=await checked_url(draft.url, call.service(Outbound), livemode=envelope.livemode),
        enabled_events=_checked_types(draft.enabled_events, call.service(EventTypes)),
        secret=call.engine.vault.seal(envelope.tenant, id, secret.encode()),
        description=draft.description or None,
        metadata=merged_metadata({}, draft.metadata),
    )
    step = Step(WEBHOOK_ENDPOINTS, id, command, fresh=True)
    return Reply.of(await call.engine.handle(envelope, step, settles=_settles(envelope.livemode, secret)))


async def update(call: Call[WebhookEndpointPatch, None]) -> Reply:
    """Changes an endpoint. While it is disabled nothing is sent to it, and what was waiting is canceled; a replay
    sends it later."""
    patch, livemode = call.body, call.envelope.livemode
    command = UpdateWebhookEndpoint(
        url=UNSET
        if isinstance(patch.url, UnsetType)
        else await checked_url(patch.url, call.service(Outbound), livemode=livemode),
        enabled_events=UNSET
        if isinstance(patch.enabled_events, UnsetType)
        else _checked_types(patch.enabled_events, call.service(EventTypes)),
        description=cleared(patch.description),
        metadata=patch.metadata,
        enabled=_enabled(patch),
    )
    step = Step(WEBHOOK_ENDPOINTS, call.path["id"], command)
    return Reply.of(await call.engine.handle(call.envelope, step, settles=_settles(livemode)))


async def roll_secret(call: Call[SecretRoll, None]) -> Reply:
    """Gives an endpoint a new secret, shown in this answer only. Until the grace time is over everything is signed
    with both."""
    envelope, id, secret = call.envelope, call.path["id"], new_signing_secret()
    command = RollWebhookSecret(
        secret=call.engine.vault.seal(envelope.tenant, id, secret.encode()),
        old_expires_at=envelope.at + timedelta(seconds=call.body.grace_seconds),
    )
    step = Step(WEBHOOK_ENDPOINTS, id, command)
    return Reply.of(await call.engine.handle(envelope, step, settles=_settles(envelope.livemode, secret)))


async def delete(call: Call[None, None]) -> Reply:
    """Deletes an endpoint; what was waiting for it is not sent."""
    id = call.path["id"]
    answer = ok(DeletedObject(id=id, object="webhook_endpoint"))
    step = Step(WEBHOOK_ENDPOINTS, id, DeleteWebhookEndpoint())
    return Reply.of(await call.engine.handle(call.envelope, step, settles=lambda _endpoint: answer))


def _settles(livemode: bool, secret: str | UnsetType = UNSET) -> Callable[[WebhookEndpoint], Answer]:
    def settles(endpoint: WebhookEndpoint) -> Answer:
        return ok(webhook_endpoint_object(endpoint, livemode, secret))

    return settles


def _checked_types(patterns: list[str], types: EventTypes) -> tuple[str, ...]:
    for pattern in patterns:
        if not types.named_by(pattern):
            raise EventTypeUnknown(
                f"There is no type of event '{pattern}'. Name types, groups such as 'customer.*', or '*'.",
                param="enabled_events",
            )
    return tuple(dict.fromkeys(patterns))


def _enabled(patch: WebhookEndpointPatch) -> bool | UnsetType:
    if isinstance(patch.disabled, UnsetType):
        return patch.status if isinstance(patch.status, UnsetType) else patch.status == "ENABLED"
    if not isinstance(patch.status, UnsetType):
        raise Invalid("Use 'status' or 'disabled', not both.", param="disabled")
    return not patch.disabled


CAPABILITY = Capability(
    name="webhook_endpoints",
    object="webhook_endpoint",
    decider=WEBHOOK_ENDPOINTS,
    view=webhook_endpoint_object,
    view_type=WebhookEndpointObject,
    state_type=WebhookEndpoint,
    published=PUBLISHED,
    filters={"status": lambda endpoint: "ENABLED" if endpoint.enabled else "DISABLED"},
    gone=lambda endpoint: endpoint.deleted_at,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/webhook_endpoints",
            summary="Create a webhook endpoint",
            perform=create,
            needs="webhook_endpoints:write",
            body=WebhookEndpointDraft,
            answers=WebhookEndpointObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/webhook_endpoints/{id}",
            summary="Update a webhook endpoint",
            perform=update,
            needs="webhook_endpoints:write",
            body=WebhookEndpointPatch,
            answers=WebhookEndpointObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/webhook_endpoints/{id}/roll_secret",
            summary="Roll the secret of a webhook endpoint",
            perform=roll_secret,
            needs="webhook_endpoints:write",
            body=SecretRoll,
            answers=WebhookEndpointObject,
        ),
        Operation(
            methods=("DELETE",),
            path="/v1/webhook_endpoints/{id}",
            summary="Delete a webhook endpoint",
            perform=delete,
            needs="webhook_endpoints:write",
            answers=DeletedObject,
        ),
    ),
)
