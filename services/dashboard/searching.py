"""Search everywhere: any object, event or request by its id, invoices by number, customers, products and prices by any
part of what they are called.

Fields that choose one of many ask it for what they are `of`.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from services.api.endpoint import Sent
from services.core.capability import Capability
from services.core.ids import PART_DIGITS
from services.core.refusal import Missing
from services.dashboard.choosing import CHOSEN_BY_CLIENTS, KINDS, Choice, Of, choices
from services.dashboard.desk import BY_NAME
from services.dashboard.formatting import money, words
from services.dashboard.listing import customer_of
from services.dashboard.page import Page, Visit

FOUND_MAX = "8"
CHARACTERS_MAX = 200
NUMBER_DIGITS_MAX = 12
ID = re.compile(r"[\w.-]{1,200}")
OF: Mapping[str, Of] = {each: each for each in KINDS}
Result = dict[str, Any]
BY_PREFIX = {each.decider.prefix: each for each in BY_NAME.values() if each.readable}


async def found(visit: Visit) -> Sent:
    """What the words find; without any, how to search."""
    query = visit.text("q").strip()[:CHARACTERS_MAX]
    results: Sequence[Result] = ()
    of = OF.get(visit.text("of"))
    if query and of is not None:
        results = await _chosen_among(visit, of, query)
    elif query:
        # An id of ours that there is finds nothing else.
        results = await _by_id(visit, query) or await _by_words(visit, query)
    unlike = list({each["href"]: each for each in results}.values())
    return visit.render("search.html", query=query, results=unlike)


async def _by_words(visit: Visit, text: str) -> Sequence[Result]:
    several = await asyncio.gather(
        _invoices(visit, text),
        _customers(visit, text),
        _chosen_among(visit, "products", text),
        _chosen_among(visit, "prices", text),
    )
    return [each for found in several for each in found]


async def _by_id(visit: Visit, text: str) -> Sequence[Result]:
    """The object with this id; products and prices, whose ids clients may choose, are found among their own."""
    if not ID.fullmatch(text):
        return []
    prefix = text.partition("_")[0]
    if prefix == "evt":
        return await _event(visit, text)
    if prefix == "req" and visit.may("events:read"):
        return [{"href": visit.url(f"/requests?id={text}"), "label": "Request", "note": text, "kind": "Request"}]
    if prefix == "il":
        # A line bears the id of its invoice, and its place.
        text, prefix = f"in_{text[3:-PART_DIGITS]}", "in"
    meant = BY_PREFIX.get(prefix)
    return [] if meant is None or meant.name in CHOSEN_BY_CLIENTS else await _shown(visit, meant, text)


async def _shown(visit: Visit, capability: Capability, id: str) -> Sequence[Result]:
    if not visit.may(f"{capability.name}:read"):
        return []
    try:
        one = await visit.desk.shown(capability.name, id)
    except Missing:
        return []
    where = visit.link(id) or visit.url(f"/{capability.name}/{quote(id, safe='')}")
    view = one.view
    label = view.get("name") or view.get("number") or view.get("nickname") or view.get("description") or id
    return [{"href": where, "label": label, "note": id, "kind": words(capability.object)}]


async def _event(visit: Visit, id: str) -> Sequence[Result]:
    if not visit.may("events:read"):
        return []
    try:
        event = await visit.ask("GET", f"/v1/events/{quote(id, safe='')}")
    except Missing:
        return []
    return [{"href": visit.url(f"/events/{id}"), "label": event["type"], "note": id, "kind": "Event"}]


async def _invoices(visit: Visit, text: str) -> Sequence[Result]:
    if not visit.may("invoices:read"):
        return []
    wanted = [
        visit.ask("GET", "/v1/invoices", {"number": each, "limit": FOUND_MAX, "expand": ["data.customer"]})
        for each in numbers_meant(text, visit.account.invoice_prefix)
    ]
    return [_invoice(visit, each) for page in await asyncio.gather(*wanted) for each in page["data"]]


def numbers_meant(text: str, prefix: str) -> Sequence[str]:
    """The numbers of invoices that `text` may stand for: as typed, with its noughts, with the prefix of the account."""
    typed = text.upper()
    head, dash, digits = typed.rpartition("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > NUMBER_DIGITS_MAX:
        return []
    whole = f"{head if dash else prefix}-{int(digits):06d}"
    return list(dict.fromkeys((typed, whole) if dash else (whole,)))


def _invoice(visit: Visit, invoice: Mapping[str, Any]) -> Result:
    customer = customer_of(invoice)["customer_name"]
    parts = (customer, money(invoice["total"], invoice["currency"]), words(invoice["status"]))
    href = visit.url(f"/invoices/{invoice['id']}")
    return {"href": href, "label": invoice["number"], "note": " · ".join(filter(None, parts)), "kind": "Invoice"}


async def _customers(visit: Visit, text: str) -> Sequence[Result]:
    if not visit.may("customers:read"):
        return []
    page = await visit.ask("GET", "/v1/customers", {"q": text, "limit": FOUND_MAX})
    return [_customer(visit, each) for each in page["data"]]


async def _chosen_among(visit: Visit, of: Of, text: str) -> Sequence[Result]:
    if not visit.may(f"{KINDS[of]}:read"):
        return []
    return [_choice(visit, of, each) for each in await choices(visit, of, text)]


def _choice(visit: Visit, of: Of, choice: Choice) -> Result:
    where = visit.link(choice.id) or visit.url(f"/{KINDS[of]}/{quote(choice.id, safe='')}")
    kind = words(BY_NAME[KINDS[of]].object)
    return {"href": where, "label": choice.label, "note": choice.id, "kind": kind, "id": choice.id}


def _customer(visit: Visit, customer: Any) -> Result:
    href = visit.url(f"/customers/{customer['id']}")
    return {"href": href, "label": customer["name"], "note": customer["email"], "kind": "Customer"}


PAGES = (Page(path="/search", get=found),)
