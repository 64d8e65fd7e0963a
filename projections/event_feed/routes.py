"""`GET /v1/events` and `GET /v1/events/{id}`: what happened, for ever."""

from typing import Annotated, Any

from msgspec import Meta

from projections.event_feed.payload import EventObject, told
from projections.event_feed.published import TYPES, matching
from projections.event_feed.queries import Cursor, Wanted, mark_of, one, page_of
from projections.freshness import ReadSide, is_fresh
from projections.pages import ListQuery, Page, created_bounds, cursor_of
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid, Missing
from services.core.wire import ok

PATTERNS_MAX = 40
Pattern = Annotated[str, Meta(max_length=100)]


class EventsQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`type` and `types[]` take whole types, or groups such as `customer.*`; `object_id` is the id of the object that
    the event is about."""

    type: Pattern | None = None
    types: Annotated[list[Pattern], Meta(max_length=PATTERNS_MAX)] | None = None
    object_id: str | None = None


class EventMissing(Missing):
    """There is no such event."""


async def list_events(call: Call[None, EventsQuery]) -> Reply:
    """The events of this account and environment, newest first, in the order of the log."""
    query, tenant, read = call.query, call.envelope.tenant, call.service(ReadSide)
    fresh = await is_fresh(call, ("event_feed",))
    wanted = Wanted(
        limit=query.limit,
        types=_types(query),
        object_id=query.object_id,
        created=created_bounds(query.created),
        cursor=await _cursor(call, query),
    )
    marks, has_more = await page_of(read.pool, tenant, wanted)
    data = await told(call.engine, tenant, marks)
    return Reply(ok(Page(url="/v1/events", has_more=has_more, data=data)), stale=not fresh)


async def retrieve(call: Call[Any, Any]) -> Reply:
    """One event, made from the log: the object as it was right after it."""
    id = call.path["id"]
    found = await one(call.engine, call.envelope.tenant, id)
    if found is None:
        raise await _missing(call, id)
    return Reply(ok(found))


async def _missing(call: Call[Any, Any], id: str) -> EventMissing:
    """The other environment of the account is named where it has the event."""
    envelope = call.envelope
    other, here = ("test", "live") if envelope.livemode else ("live", "test")
    tenant = await call.engine.tenants.find(f"{envelope.account}/{other}")
    if tenant is not None and await one(call.engine, tenant, id) is not None:
        return EventMissing(f"No such event: '{id}' exists in {other}, but this key is for {here}.", param="id")
    return EventMissing(f"No such event: '{id}'.", param="id")


def _types(query: EventsQuery) -> list[str] | None:
    patterns = [*([query.type] if query.type is not None else []), *(query.types or [])]
    if query.type is None and query.types is None:
        return None
    for pattern in patterns:
        if not matching([pattern]):
            raise Invalid(f"There is no type of event '{pattern}'.", param="type" if query.types is None else "types")
    return matching(patterns)


async def _cursor(call: Call[Any, Any], query: EventsQuery) -> Cursor | None:
    id, backwards = cursor_of(query.starting_after, query.ending_before)
    if id is None:
        return None
    param = "ending_before" if backwards else "starting_after"
    mark = await mark_of(call.engine, call.envelope.tenant, id)
    if mark is None:
        raise Invalid(f"'{param}' names no event: '{id}'.", code="resource_missing", param=param)
    return Cursor(mark.position, mark.place, backwards)


DESCRIPTION = f"""Events are kept for ever. `data.object` is the object as it was right after the event, made from the
log when it is asked for; `data.previous_attributes` are the former values of what changed, of maps those of their parts
that changed. What happened once may be told under several types, each with an id of its own, such as `payment.captured`
and `payment.succeeded`. `invoice.upcoming`, seven days before a renewal, holds a preview of the invoice: what the
subscription itself will be billed, before pending invoice items and the customer's balance. `as_of=evt_…` on an object
answers it as of that event.

Types: {", ".join(f"`{type}`" for type in TYPES)}."""

OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/events",
        summary="List events",
        perform=list_events,
        needs="events:read",
        query=EventsQuery,
        answers=Page[EventObject],
        description=DESCRIPTION,
    ),
    Operation(
        methods=("GET",),
        path="/v1/events/{id}",
        summary="Retrieve an event",
        perform=retrieve,
        needs="events:read",
        answers=EventObject,
    ),
)
