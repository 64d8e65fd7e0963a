"""Lists by declaration: columns, filters, what to say when there is nothing yet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from services.api.endpoint import Sent
from services.dashboard.formatting import words
from services.dashboard.general import listed_or_told, page_wanted, pager
from services.dashboard.page import Page, Visit

Row = Mapping[str, Any]
ColumnKind = Literal["text", "money", "status", "instant", "day", "id", "number", "code", "words", "yes"]


class Column(Struct, frozen=True, kw_only=True):
    """A field of the rows; `more` steps aside on narrow screens."""

    name: str
    label: str
    kind: ColumnKind = "text"
    more: bool = False


class Filter(Struct, frozen=True, kw_only=True):
    """A parameter of the list: one of `options`, or text."""

    name: str
    label: str
    options: Sequence[str] = ()


class Listing(Struct, frozen=True, kw_only=True):
    """`url` is the operation that lists; `row` adds fields to each row, given the present; `create` is the button's
    label and page; `nothing` says what to do when there is nothing yet."""

    path: str
    url: str
    title: str
    capability: str
    columns: Sequence[Column]
    nothing: str
    filters: Sequence[Filter] = ()
    create: tuple[str, str] | None = None
    row: Callable[[Row, int], Mapping[str, Any]] | None = None
    expand: Sequence[str] = ()
    tabs: Sequence[tuple[str, str]] = ()

    @property
    def needs(self) -> str:
        """What must be allowed to see the list."""
        return f"{self.capability}:read"


def customer_of(row: Row, _now: int = 0) -> Mapping[str, Any]:
    """Who a row is about, in words: of an expanded `customer`."""
    customer = row.get("customer")
    if isinstance(customer, str) or customer is None:
        return {"customer_name": customer or ""}
    return {"customer_name": customer.get("name") or customer.get("email") or customer["id"]}


def page_of(listing: Listing, *, detail: bool = True) -> Page:
    """The page of a list. Without a `detail` of its own, a capability keeps the general page of one object."""

    async def listed(visit: Visit) -> Sent:
        chosen = {each.name: visit.text(each.name).strip() for each in listing.filters}
        wanted = {name: value or None for name, value in chosen.items()}
        more = {"expand": list(listing.expand)} if listing.expand else {}
        found, errors = await listed_or_told(visit, listing.url, {**page_wanted(visit), **wanted, **more}, chosen)
        rows = [_row(listing, each, visit) for each in found["data"]]
        newer, older = pager(visit, found)
        create = listing.create
        may_create = create is not None and visit.may(f"{listing.capability}:write")
        return visit.render(
            "listing.html",
            status=400 if errors else 200,
            title=listing.title,
            columns=listing.columns,
            rows=rows,
            filters=[
                {
                    "name": each.name,
                    "label": each.label,
                    "value": chosen[each.name],
                    "error": errors.get(each.name, ""),
                    "options": [("", "Any"), *((one, words(one)) for one in each.options)] if each.options else [],
                }
                for each in listing.filters
            ],
            filtered=any(chosen.values()),
            nothing=listing.nothing,
            create=(create[0], visit.url(create[1])) if create and may_create else None,
            tabs_=[(label, visit.url(path), path == listing.path) for label, path in listing.tabs],
            newer=newer,
            older=older,
        )

    return Page(path=listing.path, get=listed, needs=listing.needs, capability=listing.capability if detail else None)


def _row(listing: Listing, row: Row, visit: Visit) -> Mapping[str, Any]:
    extra: Mapping[str, Any] = listing.row(row, visit.now) if listing.row else {}
    href = visit.link(row["id"]) or visit.url(f"{listing.path}/{row['id']}")
    return {**row, "href": href, **extra}
