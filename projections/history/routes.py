"""`GET /v1/customers/{id}/history`: everything that happened to a customer and what belongs to it."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from projections.freshness import ReadSide
from projections.pages import Page
from services.billing.customers.decider import CUSTOMERS, CustomerMissing
from services.billing.registry import BY_CATEGORY
from services.core.changes import Change, changes_between
from services.core.clock import unix
from services.core.decider import category_of, object_id
from services.core.event import Fact
from services.core.ids import event_id_text, parse_event_id
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

STREAMS_MAX = 10_000

STREAMS = """
select stream
  from rm_history.streams
 where shard = $1
   and tenant = $2
   and customer = $3
 order by since_position
 limit $4
"""


class Actor(Struct, frozen=True):
    """Who did it: an api_key, a user, the scheduler or the system."""

    type: str
    id: str


class Entry(Struct, frozen=True, kw_only=True):
    """One recorded event. `changes` name the fields of the object as clients see it."""

    id: str
    object: str = "history_entry"
    type: str
    created: int
    position: int
    subject: str
    actor: Actor
    request_id: str | None
    idempotency_key: str | None
    caused_by: str | None
    changes: Sequence[Change]


class HistoryQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`starting_after`: the id of an entry."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    starting_after: str | None = None


async def history(call: Call[None, HistoryQuery]) -> Reply:
    """The events, oldest first, folded from the log itself."""
    id, tenant, read = call.path["id"], call.envelope.tenant, call.service(ReadSide)
    if (await call.engine.load(CUSTOMERS, tenant, id)).state is None:
        raise CustomerMissing(f"No such customer: '{id}'.", param="id")
    fresh = await read.fresh(tenant, ("history",))
    rows = await read.pool.fetch(STREAMS, tenant.shard, tenant.number, id, STREAMS_MAX)
    streams = list(dict.fromkeys([CUSTOMERS.stream(id), *(row[0] for row in rows)]))
    entries = _entries(await call.engine.facts(tenant, streams), call.envelope.livemode)
    start = 0
    if call.query.starting_after is not None:
        start = 1 + _index(entries, call.query.starting_after)
    data = entries[start : start + call.query.limit]
    view = Page(url=f"/v1/customers/{id}/history", has_more=start + len(data) < len(entries), data=data)
    return Reply(ok(view), stale=not fresh)


def _entries(facts: Sequence[Fact], livemode: bool) -> list[Entry]:
    states: dict[str, Any] = {}
    views: dict[str, Mapping[str, Any]] = {}
    entries: list[Entry] = []
    for fact in sorted(facts, key=attrgetter("recorded.position")):
        stream = fact.recorded.stream
        capability = BY_CATEGORY[category_of(stream)]
        states[stream] = capability.decider.evolve(states.get(stream), fact.event, fact.at)
        view = msgspec.to_builtins(capability.view(states[stream], livemode))
        entries.append(_entry(fact, changes_between(views.get(stream), view)))
        views[stream] = view
    return entries


def _entry(fact: Fact, changes: Sequence[Change]) -> Entry:
    kind, _, actor = fact.meta.actor.partition(":")
    return Entry(
        id=event_id_text(fact.recorded.event_id),
        type=fact.recorded.type,
        created=unix(fact.at),
        position=fact.recorded.position,
        subject=object_id(fact.recorded.stream),
        actor=Actor(kind or "system", actor),
        request_id=fact.meta.request or None,
        idempotency_key=fact.meta.key or None,
        caused_by=fact.meta.caused_by or None,
        changes=changes,
    )


def _index(entries: Sequence[Entry], id: str) -> int:
    if parse_event_id(id) is not None:
        for index, entry in enumerate(entries):
            if entry.id == id:
                return index
    raise Invalid(
        f"'starting_after' names no entry of this history: '{id}'.", code="resource_missing", param="starting_after"
    )


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/customers/{id}/history",
        summary="History of a customer",
        perform=history,
        needs="customers:read",
        query=HistoryQuery,
        answers=Page[Entry],
    ),
)
