"""What was sent to an endpoint, and asking for it to be sent: a test, an event once more, a stretch of the log."""

import asyncio
import time
from typing import Annotated, Any

from msgspec import Meta, Struct

from projections.event_feed.payload import Mark
from projections.event_feed.queries import mark_of, marks_of
from projections.freshness import ReadSide, is_fresh
from projections.pages import Instant, ListQuery, Page, created_bounds, cursor_of
from projections.webhook_deliveries.queries import Wanted, delivery, page_of
from projections.webhook_deliveries.views import DeliveryObject, ReplayObject, Status
from services.billing.webhook_endpoints.commands import (
    NoteWebhookTest,
    ReplayEvents,
    ResendEvent,
    TestWebhookEndpoint,
)
from services.billing.webhook_endpoints.decider import WEBHOOK_ENDPOINTS, WebhookEndpointMissing
from services.billing.webhook_endpoints.events import WebhookEndpointTested
from services.core.clock import from_unix, unix
from services.core.ids import event_id_text, new_id
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid, Missing
from services.core.resume import begun_object
from services.core.step import Replayed, Step
from services.core.wire import ok

READERS = ("webhooks",)
DELIVERY_PREFIX, REPLAY_PREFIX = "wd", "wr"
TESTED = "webhook_endpoint.tested"
# A test is answered once its first try is over, or after this time as it stands then.
TEST_SECONDS_MAX = 11.0
LOOK_SECONDS = 0.03
POSITION_MAX = 2**62

# The last position before an instant, found from the end of the log: what is replayed happened lately.
BEFORE = """
select coalesce(
         (
           select e.position
             from es.events e
            where e.shard = $1
              and e.recorded_at < $2
            order by e.position desc
            limit 1
         ),
         0
       )
"""


class DeliveriesQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`event`: the id of an event (evt_…)."""

    status: Status | None = None
    event: str | None = None


class ResendDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`endpoint`: the id of a webhook endpoint (we_…)."""

    endpoint: str


class ReplayDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to begin: after a position of the log (0 is its beginning), or at an instant in Unix seconds."""

    from_position: Annotated[int, Meta(ge=0, le=POSITION_MAX)] | None = None
    since: Instant | None = None


class EventUnknown(Missing):
    """There is no such event."""


async def list_deliveries(call: Call[None, DeliveriesQuery]) -> Reply:
    """What was sent to this endpoint and what came back, newest first; kept for 30 days."""
    id, envelope, query = call.path["id"], call.envelope, call.query
    if (await call.engine.load(WEBHOOK_ENDPOINTS, envelope.tenant, id)).state is None:
        raise WebhookEndpointMissing(f"No such webhook endpoint: '{id}'.", param="id")
    cursor_of(query.starting_after, query.ending_before)
    fresh = await is_fresh(call, READERS)
    wanted = Wanted(
        endpoint=id,
        limit=query.limit,
        status=query.status,
        event=query.event,
        created=created_bounds(query.created),
        starting_after=query.starting_after,
        ending_before=query.ending_before,
    )
    pool = call.service(ReadSide).pool
    data, has_more = await page_of(pool, call.engine.vault, envelope.tenant, wanted, livemode=envelope.livemode)
    return Reply(ok(Page(url=f"/v1/webhook_endpoints/{id}/deliveries", has_more=has_more, data=data)), stale=not fresh)


async def test(call: Call[None, None]) -> Reply:
    """Sends a test event (`webhook_endpoint.tested`) to this endpoint, whatever it wants to be told of, and answers the
    delivery once it was tried."""
    id, envelope, engine = call.path["id"], call.envelope, call.engine
    wanted, position = new_id(DELIVERY_PREFIX), None
    try:
        # An idempotency key is begun with the test, and finished with the answer.
        position = (await engine.handle(envelope, Step(WEBHOOK_ENDPOINTS, id, TestWebhookEndpoint(wanted)))).position
    except Replayed as replay:
        begun_object(replay, engine.clock.now())
        wanted = await _begun_with_this_key(call, id)
    found = await _until_tried(call, id, wanted)
    handled = await engine.handle(
        envelope, Step(WEBHOOK_ENDPOINTS, id, NoteWebhookTest()), settles=lambda _endpoint: ok(found), finishes=True
    )
    assert handled.answer is not None
    return Reply(handled.answer, position)


async def resend(call: Call[ResendDraft, None]) -> Reply:
    """Sends an event to an endpoint once more, whether or not it wants to be told of its type."""
    event, endpoint, envelope = call.path["id"], call.body.endpoint, call.envelope
    mark = await mark_of(call.engine, envelope.tenant, event)
    if mark is None:
        raise EventUnknown(f"No such event: '{event}'.", param="id")
    if (await call.engine.load(WEBHOOK_ENDPOINTS, envelope.tenant, endpoint)).state is None:
        raise Invalid(f"No such webhook endpoint: '{endpoint}'.", code="resource_missing", param="endpoint")
    waiting = _waiting(call, endpoint, new_id(DELIVERY_PREFIX), event, mark)
    step = Step(WEBHOOK_ENDPOINTS, endpoint, ResendEvent(waiting.id, event))
    return Reply.of(await call.engine.handle(envelope, step, settles=lambda _endpoint: ok(waiting)))


async def replay(call: Call[ReplayDraft, None]) -> Reply:
    """Sends an endpoint, once more and in order, every event that it wants to be told of, from a position of the log or
    an instant on, up to this moment."""
    id, envelope, draft = call.path["id"], call.envelope, call.body
    if (draft.from_position is None) == (draft.since is None):
        raise Invalid("Say where to begin: 'from_position' or 'since'.", param="from_position")
    after = max(0, (draft.from_position or 0) - 1)
    if draft.since is not None:
        after = await call.engine.store.pool.fetchval(BEFORE, envelope.tenant.shard, from_unix(draft.since))
    view = ReplayObject(
        id=new_id(REPLAY_PREFIX), webhook_endpoint=id, from_position=after + 1, livemode=envelope.livemode
    )
    step = Step(WEBHOOK_ENDPOINTS, id, ReplayEvents(view.id, after))
    return Reply.of(await call.engine.handle(envelope, step, settles=lambda _endpoint: ok(view)))


async def _begun_with_this_key(call: Call[Any, Any], id: str) -> str:
    """The delivery of the test that an earlier request with the same key began."""
    assert call.envelope.key is not None
    facts = (await call.engine.load(WEBHOOK_ENDPOINTS, call.envelope.tenant, id)).facts
    begun = [each.event for each in facts if each.meta.key == call.envelope.key.key]
    return next(event.delivery for event in begun if isinstance(event, WebhookEndpointTested))


async def _until_tried(call: Call[Any, Any], id: str, wanted: str) -> DeliveryObject:
    pool, vault, envelope = call.engine.store.pool, call.engine.vault, call.envelope
    until = time.monotonic() + TEST_SECONDS_MAX
    while time.monotonic() < until:
        found = await delivery(pool, vault, envelope.tenant, wanted, livemode=envelope.livemode)
        if found is not None and (found.attempts or found.status != "PENDING"):
            return found
        await asyncio.sleep(LOOK_SECONDS)
    facts = (await call.engine.load(WEBHOOK_ENDPOINTS, envelope.tenant, id)).facts
    sent = next(f for f in facts if isinstance(f.event, WebhookEndpointTested) and f.event.delivery == wanted)
    return _waiting(call, id, wanted, event_id_text(sent.recorded.event_id), marks_of(sent.recorded)[0])


def _waiting(call: Call[Any, Any], endpoint: str, id: str, event: str, mark: Mark) -> DeliveryObject:
    """A delivery that was asked for and is not in the queue yet."""
    now = unix(call.envelope.at)
    return DeliveryObject(
        id=id,
        webhook_endpoint=endpoint,
        event=event,
        event_type=mark.type,
        object_id=mark.object_id,
        status="PENDING",
        created=now,
        finished=None,
        next_attempt=now,
        livemode=call.envelope.livemode,
        attempts=(),
    )


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/webhook_endpoints/{id}/deliveries",
        summary="List what was sent to a webhook endpoint",
        perform=list_deliveries,
        needs="webhook_endpoints:read",
        query=DeliveriesQuery,
        answers=Page[DeliveryObject],
    ),
    Operation(
        methods=("POST",),
        path="/v1/webhook_endpoints/{id}/test",
        summary="Send a test event to a webhook endpoint",
        perform=test,
        needs="webhook_endpoints:write",
        answers=DeliveryObject,
    ),
    Operation(
        methods=("POST",),
        path="/v1/webhook_endpoints/{id}/replay",
        summary="Send a webhook endpoint earlier events again",
        perform=replay,
        needs="webhook_endpoints:write",
        body=ReplayDraft,
        answers=ReplayObject,
    ),
    Operation(
        methods=("POST",),
        path="/v1/events/{id}/resend",
        summary="Send an event again",
        perform=resend,
        needs="webhook_endpoints:write",
        body=ResendDraft,
        answers=DeliveryObject,
    ),
)
