"""Lists by declaration: columns, filters, what to say when there is nothing yet."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from services.api.endpoint import Sent
from services.dashboard.choosing import LATEST, Choice, Of, fitting
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
    """A parameter of the list: one of `options`, text, or one of many `of` a kind, by id or by what it is called. An
    option is a value, or a value and what it is called."""

    name: str
    label: str
    options: Sequence[str | tuple[str, str]] = ()
    of: Of | None = None
    placeholder: str = ""


class Listing(Struct, frozen=True, kw_only=True):
    """`url` is the operation that lists; `beside` looks up what else the rows need, `row` adds fields to each, given
    the present; `create` is the button's label and page; `nothing` says what to do when there is nothing yet."""

    path: str
    url: str
    title: str
    capability: str
    columns: Sequence[Column]
    nothing: str
    filters: Sequence[Filter] = ()
    create: tuple[str, str] | None = None
    row: Callable[[Row, int], Mapping[str, Any]] | None = None
    beside: Callable[[Visit, Sequence[Row]], Awaitable[Sequence[Row]]] | None = None
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
        typed = {each.name: visit.text(each.name).strip() for each in listing.filters}
        meant = await _meant(visit, listing.filters, typed)
        rows, found, errors = await _found(visit, listing, typed, meant)
        newer, older = pager(visit, found)
        create = listing.create
        may_create = create is not None and visit.may(f"{listing.capability}:write")
        return visit.render(
            "listing.html",
            status=400 if errors else 200,
            title=listing.title,
            columns=listing.columns,
            rows=[_row(listing, each, visit) for each in rows],
            filters=[_field(each, typed[each.name], errors.get(each.name, ""), meant) for each in listing.filters],
            filtered=any(typed.values()),
            several=[
                (each.label, typed[each.name], [(one.label, _only(visit, each.name, one)) for one in meant[each.name]])
                for each in listing.filters
                if len(meant.get(each.name, ())) > 1
            ],
            many=int(LATEST),
            unknown=[each.label for each in listing.filters if each.name in meant and not meant[each.name]],
            nothing=listing.nothing,
            create=(create[0], visit.url(create[1])) if create and may_create else None,
            tabs_=[(label, visit.url(path), path == listing.path) for label, path in listing.tabs],
            newer=newer,
            older=older,
        )

    return Page(path=listing.path, get=listed, needs=listing.needs, capability=listing.capability if detail else None)


Meant = Mapping[str, Sequence[Choice]]


async def _meant(visit: Visit, filters: Sequence[Filter], typed: Mapping[str, str]) -> Meant:
    """What was typed may mean, by filter: of those that are one of many."""
    asked: list[tuple[str, Of]] = [(each.name, each.of) for each in filters if each.of is not None and typed[each.name]]
    found = await asyncio.gather(*(fitting(visit, of, typed[name]) for name, of in asked))
    return {name: choices for (name, _), choices in zip(asked, found, strict=True)}


async def _found(
    visit: Visit, listing: Listing, typed: Mapping[str, str], meant: Meant
) -> tuple[Sequence[Row], Mapping[str, Any], Mapping[str, str]]:
    """The rows; none until each filter means one thing."""
    if any(len(choices) != 1 for choices in meant.values()):
        return [], {"data": [], "has_more": False}, {}
    wanted = {name: value or None for name, value in typed.items()} | {name: one.id for name, (one,) in meant.items()}
    more = {"expand": list(listing.expand)} if listing.expand else {}
    found, errors = await listed_or_told(visit, listing.url, {**page_wanted(visit), **wanted, **more}, typed)
    rows: Sequence[Row] = found["data"]
    return await listing.beside(visit, rows) if listing.beside and rows else rows, found, errors


def _field(each: Filter, typed: str, error: str, meant: Meant) -> Mapping[str, Any]:
    named = [one if isinstance(one, tuple) else (one, words(one)) for one in each.options]
    means = meant.get(each.name, ())
    return {
        "name": each.name,
        "label": each.label,
        "value": typed,
        "error": error,
        "hint": means[0].label if len(means) == 1 and means[0].label != typed else "",
        "options": [("", "Any"), *named] if named else [],
        "placeholder": each.placeholder or _placeholder(each.of),
    }


def _placeholder(of: Of | None) -> str:
    if of is None:
        return ""
    return "Name, email or id" if of == "customers" else "Name or id"


def _only(visit: Visit, name: str, choice: Choice) -> str:
    return visit.with_query(**{name: choice.id, "after": None, "before": None})


def _row(listing: Listing, row: Row, visit: Visit) -> Mapping[str, Any]:
    extra: Mapping[str, Any] = listing.row(row, visit.now) if listing.row else {}
    href = visit.link(row["id"]) or visit.url(f"{listing.path}/{row['id']}")
    return {**row, "href": href, **extra}
