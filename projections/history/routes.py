"""`GET /v1/customers/{id}/history`: everything that happened to a customer and what belongs to it."""

import re
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
NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)

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
    """One recorded event, of `number` in the history (1 is the oldest). `changes` name the fields of the object as
    clients see it; amounts among them are in `currency`."""

    id: str
    object: str = "history_entry"
    number: int
    type: str
    created: int
    position: int
    subject: str
    actor: Actor
    request_id: str | None
    idempotency_key: str | None
    caused_by: str | None
    currency: str | None
    changes: Sequence[Change]


class History(Page[Entry], frozen=True, kw_only=True):
    """A part of a history, oldest first. `total_count`: how many entries all of it has."""

    total_count: int


class HistoryQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`starting_after`: the id of an entry. `holding`: the id or number of an entry, or `newest`; the answer is the
    page that holds it, where pages are counted from the newest entry; with `starting_after`, what comes after that."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    starting_after: str | None = None
    holding: str | None = None


async def history(call: Call[None, HistoryQuery]) -> Reply:
    """The events, oldest first, folded from the log itself."""
    id, tenant, read = call.path["id"], call.envelope.tenant, call.service(ReadSide)
    if (await call.engine.load(CUSTOMERS, tenant, id)).state is None:
        raise CustomerMissing(f"No such customer: '{id}'.", param="id")
    fresh = await read.fresh(tenant, ("history",))
    rows = await read.pool.fetch(STREAMS, tenant.shard, tenant.number, id, STREAMS_MAX)
    streams = list(dict.fromkeys([CUSTOMERS.stream(id), *(row[0] for row in rows)]))
    facts = sorted(await call.engine.facts(tenant, streams), key=attrgetter("recorded.position"))
    first, end = _part(facts, call.query)
    view = History(
        url=f"/v1/customers/{id}/history",
        has_more=end < len(facts),
        data=_entries(facts, first, end, call.envelope.livemode),
        total_count=len(facts),
    )
    return Reply(ok(view), stale=not fresh)


def _part(facts: Sequence[Fact], query: HistoryQuery) -> tuple[int, int]:
    """Where the entries that are asked for begin and end."""
    if query.holding is None or query.starting_after is not None:
        after = 0 if query.starting_after is None else 1 + _index(facts, query.starting_after, "starting_after")
        return after, min(after + query.limit, len(facts))
    last = len(facts) - 1
    held = last if query.holding == "newest" else _index(facts, query.holding, "holding")
    end = len(facts) - (last - held) // query.limit * query.limit
    return max(end - query.limit, 0), end


def _entries(facts: Sequence[Fact], first: int, end: int, livemode: bool) -> list[Entry]:
    """Those from `first` to before `end`. Everything before is folded, but looked at only where it was last changed."""
    states: dict[str, Any] = {}
    views: dict[str, Mapping[str, Any]] = {}
    entries: list[Entry] = []
    for index, fact in enumerate(facts[:end]):
        stream = fact.recorded.stream
        capability, before = BY_CATEGORY[category_of(stream)], states.get(stream)
        states[stream] = after = capability.decider.evolve(before, fact.event, fact.at)
        if index < first:
            continue
        was = views.get(stream)
        if was is None and before is not None:
            was = msgspec.to_builtins(capability.view(before, livemode))
        views[stream] = view = msgspec.to_builtins(capability.view(after, livemode))
        entries.append(_entry(fact, index + 1, view.get("currency"), changes_between(was, view)))
    return entries


def _entry(fact: Fact, number: int, currency: str | None, changes: Sequence[Change]) -> Entry:
    kind, _, actor = fact.meta.actor.partition(":")
    return Entry(
        id=event_id_text(fact.recorded.event_id),
        number=number,
        type=fact.recorded.type,
        created=unix(fact.at),
        position=fact.recorded.position,
        subject=object_id(fact.recorded.stream),
        actor=Actor(kind or "system", actor),
        request_id=fact.meta.request or None,
        idempotency_key=fact.meta.key or None,
        caused_by=fact.meta.caused_by or None,
        currency=currency,
        changes=changes,
    )


def _index(facts: Sequence[Fact], named: str, param: str) -> int:
    """The place of the entry with this id; where `holding` is asked for, also with this number."""
    event_id = parse_event_id(named)
    if event_id is not None:
        for index, fact in enumerate(facts):
            if fact.recorded.event_id == event_id:
                return index
    elif param == "holding" and NUMBER.fullmatch(named) and int(named) <= len(facts):
        return int(named) - 1
    raise Invalid(f"'{param}' names no entry of this history: '{named}'.", code="resource_missing", param=param)


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/customers/{id}/history",
        summary="History of a customer",
        perform=history,
        needs="customers:read",
        query=HistoryQuery,
        answers=History,
    ),
)
