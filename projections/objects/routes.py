"""GET of one object and the list of them, for every capability alike."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from projections.pages import ALSO, ListQuery, Page, Source, filter_value, page, query_type
from services.billing.registry import CAPABILITIES
from services.core.capability import Capability
from services.core.clock import from_unix
from services.core.elsewhere import in_other_environment
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import parse_event_id
from services.core.operation import Call, Operation, Reply
from services.core.reader import AsOf
from services.core.refusal import Invalid, Missing
from services.core.wire import ok

SECONDS_DIGITS_MAX = 12
LAST_MOMENT = timedelta(seconds=1) - timedelta(microseconds=1)

Perform = Callable[[Call[Any, Any]], Awaitable[Reply]]


class ObjectQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`as_of`: Unix seconds or the id of an event; the answer is the object as it was then."""

    as_of: str | None = None


def retrieve(capability: Capability) -> Perform:
    """The operation that answers one object, from the log and not from a read model: always current."""

    async def perform(call: Call[None, ObjectQuery]) -> Reply:
        id, envelope = call.path["id"], call.envelope
        as_of = None if call.query.as_of is None else await _moment(call, call.query.as_of)
        state = (await call.engine.load(capability.decider, envelope.tenant, id, as_of)).state
        if state is None:
            raise await missing(call.engine, envelope, capability, id, then=as_of is not None)
        gone_at = capability.gone(state)
        if gone_at is not None:
            raise _deleted(capability, id, gone_at)
        view = capability.shown(call.engine, envelope.tenant, state, livemode=envelope.livemode)
        if capability.beside is not None and as_of is None:
            [view] = await capability.beside(call.engine, envelope.tenant, [view])
        return Reply(ok(view))

    return perform


def list_all(capability: Capability) -> Perform:
    """The operation that answers the list, newest first, by the capability's own filters."""
    url = capability.url
    category = capability.decider.category

    async def perform(call: Call[None, ListQuery]) -> Reply:
        wanted = {field: getattr(call.query, field) for field in capability.filters}
        for field, find in capability.aliases.items():
            if wanted[field] is not None:
                wanted[field] = await find(call.engine, call.envelope, wanted[field])
        given: list[tuple[str, Any]] = [(k, filter_value(value)) for k, value in wanted.items() if value is not None]
        several = {each.field: getattr(call.query, name) for name, each in capability.plurals.items()}
        given += [(field, values) for field, values in several.items() if values is not None]
        if not given:
            listed = [("t.category = {} and not t.gone", category)]
            return await page(call, call.query, Source("rm_objects.objects", category, (), listed), url)
        conditions: list[tuple[str, Any]] = [("t.category = {}", category)]
        for index, (field, value) in enumerate(given):
            if index == 0:
                conditions += [("t.field = {}", field), (f"t.value = {_one_of(value)}", value)]
            else:
                conditions.append((ALSO.format(field=field, value=_one_of(value)), value))
        return await page(call, call.query, Source("rm_objects.filters", category, (), conditions), url)

    return perform


def operations(capabilities: Sequence[Capability]) -> list[Operation]:
    """Both operations for every capability that wants them."""
    found: list[Operation] = []
    for each in capabilities:
        read = f"{each.name}:read"
        if each.readable:
            found.append(
                Operation(
                    methods=("GET",),
                    path=f"{each.url}/{{id}}",
                    summary=f"Retrieve {_article(each.object)}",
                    perform=retrieve(each),
                    needs=read,
                    query=ObjectQuery,
                    answers=each.view_type,
                )
            )
        if each.listed:
            found.append(
                Operation(
                    methods=("GET",),
                    path=each.url,
                    summary=f"List {_words(each.name)}",
                    perform=list_all(each),
                    needs=read,
                    query=query_type(
                        f"{each.view_type.__name__}Query",
                        list(each.filters),
                        each.view_type,
                        {name: plural.most for name, plural in each.plurals.items()},
                    ),
                    answers=Page[each.view_type],
                )
            )
    return found


def _one_of(value: str | Sequence[str]) -> str:
    return "{}" if isinstance(value, str) else "any ({}::text[])"


async def _moment(call: Call[Any, Any], text: str) -> AsOf:
    event_id = parse_event_id(text)
    if event_id is not None:
        event = await call.engine.store.event(call.envelope.tenant, event_id)
        if event is None:
            raise Invalid(f"No such event: '{text}'.", code="resource_missing", param="as_of")
        return AsOf(position=event.position)
    if not text.isascii() or not text.isdigit() or len(text) > SECONDS_DIGITS_MAX:
        raise Invalid("'as_of' must be Unix seconds or the id of an event (evt_…).", param="as_of")
    try:
        return AsOf(at=from_unix(int(text)) + LAST_MOMENT)
    except (OverflowError, ValueError):
        raise Invalid("'as_of' is too far in the future.", param="as_of") from None


async def missing(
    engine: Engine, envelope: Envelope, capability: Capability, id: str, *, then: bool = False
) -> Missing:
    """Why there is nothing to answer, as far as the caller may know; `then`, at the moment that was asked about."""
    what = _words(capability.object)
    state = (await engine.load(capability.decider, envelope.tenant, id)).state
    if then and state is not None:
        return Missing(f"The {what} '{id}' did not exist at that moment.", param="id")
    gone_at = None if state is None else capability.gone(state)
    if gone_at is not None:
        return _deleted(capability, id, gone_at)
    elsewhere = await in_other_environment(engine, envelope, capability.decider, id)
    return Missing(f"No such {what}: '{id}'{elsewhere}.", param="id")


def _deleted(capability: Capability, id: str, at: datetime) -> Missing:
    return Missing(f"The {_words(capability.object)} '{id}' was deleted at {at:%Y-%m-%dT%H:%M:%SZ}.", param="id")


def _words(name: str) -> str:
    return name.replace("_", " ").replace("api ", "API ")


def _article(name: str) -> str:
    words = _words(name)
    return f"{'an' if words[0].lower() in 'aeio' else 'a'} {words}"


OPERATIONS = operations(CAPABILITIES)
