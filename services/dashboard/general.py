"""The general pages: a list and a page of one object for every capability that has no pages of its own."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from services.api.app import OPERATIONS
from services.api.endpoint import Sent
from services.billing.registry import CAPABILITIES
from services.core.capability import Capability
from services.core.refusal import Invalid
from services.dashboard.formatting import words
from services.dashboard.forms import errors_of
from services.dashboard.page import Handler, Page, Visit

ROWS = 50
COLUMNS_MAX = 5
UNTOLD = frozenset({"object", "livemode", "metadata"})
NOT_IN_LISTS = UNTOLD | {"id", "updated", "created", "currency"}
INSTANTS = ("created", "updated", "expires", "revoked", "removed", "_at", "_start", "_end", "_date", "_time")
AMOUNTS = ("amount", "balance", "total", "unit_amount", "subtotal")


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
        links = visit.links(one.view)
        facts = [_fact(name, value, links.get(name)) for name, value in one.view.items() if name not in UNTOLD]
        trail = [(words(capability.name), visit.url(f"/{capability.name}"))] if _is_listed(capability) else []
        return visit.render(
            "general/detail.html",
            title=one.view.get("name") or one.view["id"],
            trail=trail,
            shown=facts,
            gone=one.gone,
            currency=one.view.get("currency"),
            metadata_=one.view.get("metadata"),
        )

    return shown


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
    if any(name == each or (each.startswith("_") and name.endswith(each)) for each in INSTANTS):
        return "instant" if isinstance(value, int) else "text"
    if name.startswith(AMOUNTS) and isinstance(value, int):
        return "money"
    return "number" if isinstance(value, int) else "text"


def _column(name: str) -> dict[str, Any]:
    kind = "instant" if name == "created" else "id" if name == "id" else "status" if name == "status" else "text"
    if name.startswith(AMOUNTS):
        kind = "money"
    return {"name": name, "label": words(name), "kind": kind, "more": name not in {"id", "status"}}


def _fact(name: str, value: Any, href: str | None) -> dict[str, Any]:
    kind = kind_of(name, value)
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode() if kind == "json" else value
    return {"label": words(name), "value": text, "kind": kind, "href": href}
