"""Search everywhere: any object or event by its id, customers, products and prices by any part of what they are called.

Fields that choose one of many ask it for what they are `of`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from services.api.endpoint import Sent
from services.core.refusal import Missing
from services.dashboard.choosing import KINDS, Choice, Of, choices
from services.dashboard.desk import BY_NAME
from services.dashboard.formatting import words
from services.dashboard.page import Page, Visit

CUSTOMERS_MAX = 8
EVENT_PREFIX = "evt_"
CHARACTERS_MAX = 200
OF: Mapping[str, Of] = {each: each for each in KINDS}
BY_PREFIX = {each.decider.prefix: each for each in BY_NAME.values() if each.readable}


async def found(visit: Visit) -> Sent:
    """What the words find; without any, how to search."""
    query = visit.text("q").strip()[:CHARACTERS_MAX]
    results: list[dict[str, Any]] = []
    of = OF.get(visit.text("of"))
    if query and of is not None and visit.may(f"{KINDS[of]}:read"):
        results = [_choice(visit, of, each) for each in await choices(visit, of, query)]
    elif query:
        results += await _by_id(visit, query)
        if visit.may("customers:read"):
            page = await visit.ask("GET", "/v1/customers", {"q": query, "limit": str(CUSTOMERS_MAX)})
            results += [_customer(visit, each) for each in page["data"]]
        for of in ("products", "prices"):
            if visit.may(f"{of}:read"):
                results += [_choice(visit, of, each) for each in await choices(visit, of, query)]
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


def _choice(visit: Visit, of: Of, choice: Choice) -> dict[str, Any]:
    where = visit.link(choice.id) or visit.url(f"/{KINDS[of]}/{quote(choice.id, safe='')}")
    kind = words(BY_NAME[KINDS[of]].object)
    return {"href": where, "label": choice.label, "note": choice.id, "kind": kind, "id": choice.id}


def _customer(visit: Visit, customer: Any) -> dict[str, Any]:
    href = visit.url(f"/customers/{customer['id']}")
    return {"href": href, "label": customer["name"], "note": customer["email"], "kind": "Customer"}


PAGES = (Page(path="/search", get=found),)
