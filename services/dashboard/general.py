"""The general pages: a list and a page of one object for every capability that has no pages of its own."""

import asyncio
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from projections.pages import words_of
from services.api.app import OPERATIONS
from services.api.endpoint import Sent
from services.billing.registry import CAPABILITIES
from services.core.capability import Capability
from services.core.refusal import Invalid
from services.dashboard.desk import Shown
from services.dashboard.formatting import money, words
from services.dashboard.forms import errors_of
from services.dashboard.page import Handler, Page, Visit

ROWS = 50
COLUMNS_MAX = 5
UNTOLD = frozenset({"object", "livemode", "metadata"})
NOT_IN_LISTS = UNTOLD | {"id", "updated", "created", "currency"}
INSTANTS = ("created", "updated", "expires", "revoked", "removed", "_at", "_start", "_end", "_date", "_time")
AMOUNTS = ("amount", "balance", "starting_balance", "ending_balance", "total", "unit_amount", "subtotal")
# Figures that nobody counts with.
UNCOUNTED = frozenset({"exp_month", "exp_year"})
# What says what an object is comes first, what only a computer asks for last.
ORDER = {"amount": -2, "status": -1, "id": 1, "created": 2, "updated": 3}
CALLED = ("name", "number", "nickname", "description")


def pages_beside(special: Sequence[Page]) -> Sequence[Page]:
    """The general pages of every capability that can be read and has no page among `special`."""
    taken, paths = {page.capability for page in special}, {page.path for page in special}
    general = [page for each in CAPABILITIES if has_page(each) and each.name not in taken for page in _pages(each)]
    return [page for page in general if page.path not in paths]


def has_page(capability: Capability) -> bool:
    """Whether clients can read its objects, so that people can too."""
    return capability.readable


def _is_listed(capability: Capability) -> bool:
    return any("GET" in each.methods and each.path == capability.url for each in OPERATIONS)


def _pages(capability: Capability) -> Iterator[Page]:
    needs = f"{capability.name}:read"
    if _is_listed(capability):
        yield Page(path=f"/{capability.name}", get=_listing(capability), needs=needs, capability=capability.name)
    yield Page(path=f"/{capability.name}/{{id}}", get=_detail(capability), needs=needs, capability=capability.name)


def _listing(capability: Capability) -> Handler:
    names = [name for name in capability.view_type.__struct_fields__ if name not in NOT_IN_LISTS]

    async def listed(visit: Visit) -> Sent:
        found = await visit.ask("GET", capability.url, page_wanted(visit))
        rows = [{**row, "href": visit.url(f"/{capability.name}/{row['id']}")} for row in found["data"]]
        plain = [name for name in names if all(not isinstance(row.get(name), dict | list) for row in rows)]
        columns = [_column("id"), *(_column(name) for name in plain[:COLUMNS_MAX]), _column("created")]
        newer, older = pager(visit, found)
        return visit.render(
            "general/list.html", title=words(capability.name), rows=rows, columns=columns, newer=newer, older=older
        )

    return listed


def _detail(capability: Capability) -> Handler:
    async def shown(visit: Visit) -> Sent:
        one = await visit.desk.shown(capability.name, visit.ids["id"])
        return await told(visit, capability, one, _title(capability, one.view))

    return shown


async def told(visit: Visit, capability: Capability, one: Shown, title: str) -> Sent:
    """The page of one object, known only by its fields."""
    names = await _names(visit, one.view)
    fields = sorted(one.view, key=lambda name: ORDER.get(name, 0))
    shown = [each for name in fields for each in _facts(visit, capability, name, one.view[name], names)]
    trail = [(words(capability.name), visit.url(f"/{capability.name}"))] if _is_listed(capability) else []
    return visit.render(
        "general/detail.html",
        title=title,
        trail=trail,
        shown=shown,
        gone=one.gone,
        currency=one.view.get("currency"),
        metadata_=one.view.get("metadata"),
    )


def _title(capability: Capability, view: Mapping[str, Any]) -> str:
    """What it is called, or what it is and of how much."""
    kind, amount, currency = words(capability.object), view.get("amount"), view.get("currency")
    if view.get("name"):
        return str(view["name"])
    return f"{kind} of {money(amount, currency)}" if isinstance(amount, int) and currency else kind


async def _names(visit: Visit, view: Mapping[str, Any]) -> Mapping[str, str]:
    """What the objects are called that a view names, by id, as far as they are called anything."""
    prefixes = {each.decider.prefix: each.name for each in CAPABILITIES if each.readable}
    wanted: dict[str, list[str]] = {}
    for field in visit.links(view):
        kind = prefixes.get(view[field].partition("_")[0])
        if kind is not None and visit.may(f"{kind}:read"):
            wanted.setdefault(kind, []).append(view[field])
    several = await asyncio.gather(*(visit.desk.shown_many(kind, ids) for kind, ids in wanted.items()))
    return {
        id: next((str(one[each]) for each in CALLED if one.get(each)), id)
        for found in several
        for id, one in found.items()
    }


def page_wanted(visit: Visit, rows: int = ROWS) -> dict[str, Any]:
    """The parameters of a list for the page that the address names by `after` or `before`."""
    return {
        "limit": str(rows),
        "starting_after": visit.text("after") or None,
        "ending_before": visit.text("before") or None,
    }


async def listed_or_told(
    visit: Visit, url: str, wanted: Mapping[str, Any], filters: Container[str]
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """A page of a list; where one of the filters is refused an empty one, and what is wrong with it."""
    try:
        return await visit.ask("GET", url, wanted), {}
    except Invalid as refusal:
        if refusal.param is None or refusal.param not in filters:
            raise
        return {"data": [], "has_more": False}, errors_of(refusal)


def pager(visit: Visit, found: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The addresses of the pages before and after this one of a list."""
    rows = found["data"]
    came_back = bool(visit.text("before"))
    has_newer = found["has_more"] if came_back else bool(visit.text("after"))
    has_older = found["has_more"] or came_back
    newer = visit.with_query(before=rows[0]["id"], after=None) if rows and has_newer else None
    return newer, visit.with_query(after=rows[-1]["id"], before=None) if rows and has_older else None


def kind_of(name: str, value: object = "") -> str:
    """How a field of a wire object is shown, told by its name."""
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, dict | list):
        return "json"
    if name == "id":
        return "id"
    if name == "status":
        return "status"
    if name.endswith("_reference"):
        return "code"
    if any(name == each or (each.startswith("_") and name.endswith(each)) for each in INSTANTS):
        return "instant" if isinstance(value, int) else "text"
    if name.startswith(AMOUNTS) and isinstance(value, int):
        return "money"
    return "number" if isinstance(value, int) and name not in UNCOUNTED else "text"


def _column(name: str) -> dict[str, Any]:
    kind = "instant" if name == "created" else "id" if name == "id" else "status" if name == "status" else "text"
    if name.startswith(AMOUNTS):
        kind = "money"
    return {"name": name, "label": words(name), "kind": kind, "more": name not in {"id", "status"}}


def _facts(
    visit: Visit, capability: Capability, name: str, value: Any, names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """A field as it is shown; of what is made of plain fields, each that is there."""
    if name in UNTOLD:
        return
    parts = _parts(value)
    if parts is not None:
        yield from (_fact(part, each, f"{words(name)}: {words(part).lower()}") for part, each in parts.items())
        return
    if name == "currency" and value:
        value = str(value).upper()
    elif name == "reason" or (name != "status" and value in words_of(capability.view_type, name)):
        value = words(value) if value else value
    href = visit.link(value) if name != "id" else None
    yield {**_fact(name, names.get(value, value) if href else value, words(name)), "href": href}


def _parts(value: object) -> Mapping[str, Any] | None:
    """The fields of a part that are there, where it is made of plain ones."""
    if not isinstance(value, dict):
        return None
    parts = cast(dict[str, Any], value)
    plain = not any(isinstance(each, (dict, list)) for each in parts.values())
    return {name: each for name, each in parts.items() if each is not None} if plain else None


def _fact(name: str, value: Any, label: str) -> dict[str, Any]:
    kind = kind_of(name, value)
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode() if kind == "json" else value
    return {"label": label, "value": text, "kind": kind, "href": None}
