"""Search everywhere: any object or event by its id, customers by any part of name, address or phone, prices by their
lookup key."""

from typing import Any
from urllib.parse import quote

from services.api.endpoint import Sent
from services.core.refusal import Missing
from services.dashboard.catalogue.words import price_text
from services.dashboard.desk import BY_NAME
from services.dashboard.formatting import words
from services.dashboard.page import Page, Visit

CUSTOMERS_MAX = 8
EVENT_PREFIX = "evt_"
CHARACTERS_MAX = 200
BY_PREFIX = {each.decider.prefix: each for each in BY_NAME.values() if each.readable}


async def found(visit: Visit) -> Sent:
    """What the words find; without any, how to search."""
    query = visit.text("q").strip()[:CHARACTERS_MAX]
    results: list[dict[str, Any]] = []
    if query:
        results += await _by_id(visit, query)
        if visit.may("customers:read"):
            page = await visit.ask("GET", "/v1/customers", {"q": query, "limit": str(CUSTOMERS_MAX)})
            results += [_customer(visit, each) for each in page["data"]]
        results += await _prices(visit, query)
    unlike = list({each["href"]: each for each in results}.values())
    return visit.render("search.html", query=query, results=unlike)


async def _by_id(visit: Visit, text: str) -> list[dict[str, Any]]:
    if text.startswith(EVENT_PREFIX):
        return await _event(visit, text)
    capability, href = BY_PREFIX.get(text.partition("_")[0]), visit.link(text)
    if capability is None or href is None or not visit.may(f"{capability.name}:read"):
        return []
    try:
        one = await visit.desk.shown(capability.name, text)
    except Missing:
        return []
    label = one.view.get("name") or one.view.get("number") or one.view.get("description") or text
    return [{"href": href, "label": label, "note": text, "kind": words(capability.object)}]


async def _event(visit: Visit, id: str) -> list[dict[str, Any]]:
    if not visit.may("events:read"):
        return []
    try:
        event = await visit.ask("GET", f"/v1/events/{quote(id, safe='')}")
    except Missing:
        return []
    return [{"href": visit.url(f"/events/{id}"), "label": event["type"], "note": id, "kind": "Event"}]


async def _prices(visit: Visit, lookup_key: str) -> list[dict[str, Any]]:
    if not visit.may("prices:read"):
        return []
    found = await visit.ask("GET", "/v1/prices", {"lookup_key": lookup_key})
    return [
        {"href": visit.link(each["id"]), "label": price_text(each), "note": lookup_key, "kind": "Price"}
        for each in found["data"]
    ]


def _customer(visit: Visit, customer: Any) -> dict[str, Any]:
    href = visit.url(f"/customers/{customer['id']}")
    return {"href": href, "label": customer["name"], "note": customer["email"], "kind": "Customer"}


PAGES = (Page(path="/search", get=found),)
