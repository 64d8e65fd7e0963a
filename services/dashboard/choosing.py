"""Choosing one of many in a form: by id, by name or by what else it is called; with scripting, found as one types.

Works with any number of them: what a form brings along are only the latest.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from services.core.refusal import Invalid, Missing
from services.dashboard.asking import Input
from services.dashboard.catalogue.words import price_text
from services.dashboard.forms import SeveralFit, choice_made, given
from services.dashboard.page import Visit

Of = Literal["customers", "prices", "one_time_prices", "products", "webhook_endpoints"]

LATEST = "20"
CHARACTERS_MIN = 2
ACTIVE = {"active": "true"}
ONE_TIME = {"type": "ONE_TIME"}
# A name may be that of many products, of which few have a price that fits: they are gone through, so many at a time.
PRODUCTS_AT_ONCE = "100"
PRODUCT_PAGES_MAX = 20
ENDPOINTS_AT_ONCE = "100"
ENDPOINT_PAGES_MAX = 20
CHOSEN_BY_CLIENTS = frozenset({"products", "prices"})
CHOSEN_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)


class Choice(Struct, frozen=True):
    """`called` are the names by which it alone is meant, if no other has them."""

    id: str
    label: str
    called: tuple[str, ...]


async def pick(visit: Visit, name: str, of: Of, label: str, *, value: str = "", required: bool = True) -> Input:
    """The field. It brings the latest along; any other is found by typing. It shows what is chosen by its name."""
    held = (given(visit, name) or value).strip()
    latest, here = await asyncio.gather(_LATEST[of](visit), _named(visit, of, choice_made(visit, name, held) or held))
    known = {each.id: each.label for each in (*here, *latest)}
    return Input(
        name=name,
        label=label,
        kind="pick",
        of=of,
        value=value,
        required=required,
        hint=HINTS[of],
        options=list(known.items()),
    )


async def chosen(visit: Visit, name: str, of: Of, text: str | None = None) -> str | None:
    """The id of what was typed into the field (or of `text`), None when nothing was. Raises Invalid unless it is
    exactly one; several that fit are offered to choose from."""
    typed = (visit.typed(name) if text is None else text).strip()
    if not typed:
        return None
    among = choice_made(visit, name, typed)
    if among or typed.startswith(PREFIXES[of]):
        return among or typed
    found = await fitting(visit, of, typed)
    if not found:
        raise Invalid(f"No {_called(of).removesuffix('s')} is called this.", param=name)
    if len(found) > 1:
        message = f"Several {_called(of)} fit this. Which one?"
        raise SeveralFit(message, param=name, extra={"choices": [(each.id, each.label) for each in found]})
    return found[0].id


def _called(of: Of) -> str:
    return KINDS[of].replace("_", " ")


async def fitting(visit: Visit, of: Of, typed: str) -> Sequence[Choice]:
    """Those that are called exactly this; where none is, all that it finds."""
    found = await choices(visit, of, typed)
    same = [each for each in found if typed.casefold() in {each.id.casefold(), *map(str.casefold, each.called)}]
    return same or found


async def choices(visit: Visit, of: Of, text: str) -> Sequence[Choice]:
    """Those that the text finds; an id of ours that there is finds nothing else."""
    named = await _named(visit, of, text)
    if named and text.startswith(PREFIXES[of]):
        return named
    found = [*named, *await _FINDING[of](visit, text)]
    return list({each.id: each for each in found}.values())


async def meant(visit: Visit, name: str, of: Of) -> str | None:
    """The id of what the field means so far; None until it is exactly one."""
    held = given(visit, name).strip()
    try:
        return await chosen(visit, name, of, held) if len(held) >= CHARACTERS_MIN else None
    except Invalid:
        return None


def began_at(visit: Visit, otherwise: str) -> str:
    """Where a form leads that is not sent: to the page of the customer whom its address names, else to the list."""
    return visit.link(visit.text("customer")) or visit.url(otherwise)


async def _named(visit: Visit, of: Of, id: str) -> Sequence[Choice]:
    """The one with this id; ids of prices and products may have been chosen by clients."""
    if not id.startswith(PREFIXES[of]) and (KINDS[of] not in CHOSEN_BY_CLIENTS or not CHOSEN_ID.fullmatch(id)):
        return []
    try:
        return [_SHOWN[of]((await visit.desk.shown(KINDS[of], id)).view)]
    except Missing:
        return []


async def _customers(visit: Visit, text: str) -> Sequence[Choice]:
    found = await visit.ask("GET", "/v1/customers", {"q": text, "limit": LATEST})
    return [_customer(each) for each in found["data"]]


async def _products(visit: Visit, text: str) -> Sequence[Choice]:
    found = await visit.ask("GET", "/v1/products/search", {"query": _contains("name", text), "limit": LATEST})
    return [_product(each) for each in found["data"] if each["active"]]


async def _prices(visit: Visit, text: str, **type: str) -> Sequence[Choice]:
    """By lookup key, by nickname, and those of products that are called so: what can be sold, of this `type`."""
    clauses = [_contains("nickname", text), *(f'{name}:"{value}"' for name, value in (ACTIVE | type).items())]
    by_key, by_name, of_products = await asyncio.gather(
        visit.ask("GET", "/v1/prices", {"lookup_key": text, "expand": ["data.product"], **ACTIVE, **type}),
        visit.ask("GET", "/v1/prices/search", {"query": " AND ".join(clauses), "limit": LATEST}),
        _of_products(visit, text, **type),
    )
    return [_price(each) for each in (*by_key["data"], *by_name["data"], *of_products)]


async def _of_products(visit: Visit, text: str, **type: str) -> Sequence[Mapping[str, Any]]:
    """The prices of products that are called so, until there are enough to choose from."""
    found: list[Mapping[str, Any]] = []
    page: str | None = None
    for _ in range(PRODUCT_PAGES_MAX):
        wanted = {"query": _contains("name", text), "limit": PRODUCTS_AT_ONCE, "page": page}
        products = await visit.ask("GET", "/v1/products/search", wanted)
        ids = [each["id"] for each in products["data"]]
        if ids:
            of_these = {"products": ids, "limit": LATEST, "expand": ["data.product"], **ACTIVE, **type}
            found += (await visit.ask("GET", "/v1/prices", of_these))["data"]
        page = products["next_page"]
        if page is None or len(found) >= int(LATEST):
            break
    return found


async def _one_time_prices(visit: Visit, text: str) -> Sequence[Choice]:
    return await _prices(visit, text, **ONE_TIME)


async def _endpoints(visit: Visit, text: str) -> Sequence[Choice]:
    """Those with the text in their address or description. Few accounts have more than a page of them."""
    found: list[Choice] = []
    wanted: dict[str, Any] = {"limit": ENDPOINTS_AT_ONCE}
    for _ in range(ENDPOINT_PAGES_MAX):
        page = await visit.ask("GET", "/v1/webhook_endpoints", wanted)
        shown = [_endpoint(each) for each in page["data"]]
        found += [each for each in shown if any(text.casefold() in name.casefold() for name in each.called)]
        if not page["has_more"] or len(found) >= int(LATEST):
            break
        wanted["starting_after"] = shown[-1].id
    return found[: int(LATEST)]


def _contains(field: str, text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}~"{quoted}"'


def _latest(url: str, shown: Callable[[Mapping[str, Any]], Choice], **more: Any) -> Callable[[Visit], Awaitable[Any]]:
    async def latest(visit: Visit) -> Sequence[Choice]:
        found = await visit.ask("GET", url, {"limit": LATEST, **more})
        return [shown(each) for each in found["data"]]

    return latest


def _customer(each: Mapping[str, Any]) -> Choice:
    name, email = each["name"] or "", each["email"] or ""
    return Choice(each["id"], ", ".join(part for part in (name, email) if part) or each["id"], (name, email))


def _product(each: Mapping[str, Any]) -> Choice:
    return Choice(each["id"], each["name"], (each["name"], each["id"]))


def _price(each: Mapping[str, Any]) -> Choice:
    called = each["nickname"] or "", each["lookup_key"] or "", each["id"]
    return Choice(each["id"], price_text(each), called)


def _endpoint(each: Mapping[str, Any]) -> Choice:
    url, description = each["url"], each["description"] or ""
    return Choice(each["id"], ", ".join(filter(None, (url, description))), (url, description))


PREFIXES: Mapping[Of, str] = {
    "customers": "cust_",
    "prices": "price_",
    "one_time_prices": "price_",
    "products": "prod_",
    "webhook_endpoints": "we_",
}
# Whose objects they are.
KINDS: Mapping[Of, str] = {
    "customers": "customers",
    "prices": "prices",
    "one_time_prices": "prices",
    "products": "products",
    "webhook_endpoints": "webhook_endpoints",
}
HINTS: Mapping[Of, str] = {
    "customers": "Name, email or id.",
    "prices": "Name of the price or its product, lookup key or id.",
    "one_time_prices": "One that is paid once: its name or that of its product, lookup key or id.",
    "products": "Name or id.",
    "webhook_endpoints": "Part of its address or description, or its id.",
}
_SHOWN: Mapping[Of, Callable[[Mapping[str, Any]], Choice]] = {
    "customers": _customer,
    "prices": _price,
    "one_time_prices": _price,
    "products": _product,
    "webhook_endpoints": _endpoint,
}
_FINDING: Mapping[Of, Callable[[Visit, str], Awaitable[Sequence[Choice]]]] = {
    "customers": _customers,
    "prices": _prices,
    "one_time_prices": _one_time_prices,
    "products": _products,
    "webhook_endpoints": _endpoints,
}
_LATEST: Mapping[Of, Callable[[Visit], Awaitable[Sequence[Choice]]]] = {
    "customers": _latest("/v1/customers", _customer),
    "prices": _latest("/v1/prices", _price, expand=["data.product"], **ACTIVE),
    "one_time_prices": _latest("/v1/prices", _price, expand=["data.product"], **ACTIVE, **ONE_TIME),
    "products": _latest("/v1/products", _product, **ACTIVE),
    "webhook_endpoints": _latest("/v1/webhook_endpoints", _endpoint),
}
