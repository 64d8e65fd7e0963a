"""An invoice of one's own: what waits to be billed to a customer, added to and taken from, until it becomes a draft.

One form does all of it, so that what was typed into any of its parts is still there whichever button is pressed.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from services.api.endpoint import Sent
from services.billing.invoice_items.lookup import ITEMS_AN_INVOICE_MAX
from services.core.ids import new_id
from services.core.refusal import Conflict, Forbidden, Invalid, Missing
from services.dashboard.asking import Input, Question, answered, asking, currency_input, filled_of
from services.dashboard.choosing import chosen, pick
from services.dashboard.forms import again, once
from services.dashboard.page import Page, Visit

NEEDS = "invoices:write"
PAGE_MAX = "100"
ITEM_FIELDS = ("description", "amount", "price", "quantity")
# What the fields of the invoice are called where they would be taken for those of an item.
RENAMED = {"description": "memo", "currency": "invoice_currency"}
COLLECTIONS = (
    ("CHARGE_AUTOMATICALLY", "Charge a saved method"),
    ("SEND_INVOICE", "Leave it to the customer to pay"),
)


async def ask_customer(visit: Visit) -> Question:
    """Who is billed."""
    return Question(
        title="Create invoice",
        label="Continue",
        back=visit.url("/invoices"),
        trail=(("Invoices", visit.url("/invoices")),),
        note="First the customer; then what is billed.",
        inputs=(await pick(visit, "customer", "customers", "Customer", value=visit.text("customer")),),
    )


async def go_on(visit: Visit, _: Question) -> Sent:
    """On to what is billed."""
    id = await chosen(visit, "customer", "customers")
    if id is None:
        raise Invalid("This is needed.", code="parameter_missing", param="customer")
    await visit.ask("GET", f"/v1/customers/{quote(id, safe='')}")
    return await visit.redirect(f"/customers/{id}/invoice")


async def compose(visit: Visit) -> Sent:
    """What waits, and the invoice that it would become."""
    _demand(visit)
    return await _page(visit, {})


async def act(visit: Visit) -> Sent:
    """Adds an item, takes one away, or makes the draft: by which button it was, or by what was typed."""
    _demand(visit)
    wanted, _, item = visit.typed("act").partition(":")
    typed = any(visit.typed(name).strip() for name in ITEM_FIELDS if name != "quantity")
    if wanted == "remove":
        return await again(lambda: _remove(visit, item), lambda errors: _page(visit, {"": "; ".join(errors.values())}))
    if wanted == "add" or (not wanted and typed):
        return await again(lambda: _add(visit), lambda errors: _page(visit, errors))
    return await again(
        lambda: _draft(visit),
        lambda errors: _page(visit, {RENAMED.get(name, name): text for name, text in errors.items()}),
    )


async def _add(visit: Visit) -> Sent:
    customer = await _customer(visit)
    wanted = answered(visit, await _item(visit, customer))
    if visit.typed("price").strip():
        wanted["price"] = await chosen(visit, "price", "one_time_prices")
        wanted.pop("currency", None)
    else:
        wanted.pop("quantity", None)
    body = {"customer": customer["id"], **wanted}
    await visit.ask("POST", "/v1/invoice_items", body, key=visit.typed("item") or new_id("form"))
    return await _page(visit, {}, said="Item added.")


async def _remove(visit: Visit, item: str) -> Sent:
    try:
        await visit.ask("DELETE", f"/v1/invoice_items/{quote(item, safe='')}")
    except Missing:
        return await _page(visit, {}, said="This item was gone already.", keeps=True)
    return await _page(visit, {}, said="Item removed.", keeps=True)


async def _draft(visit: Visit) -> Sent:
    customer = await _customer(visit)
    waiting = await _waiting(visit, customer["id"])
    currency = visit.typed("invoice_currency") or _currencies(visit, customer, waiting)[0]
    if not any(each["currency"] == currency for each in waiting):
        raise Invalid("Add an item first: an invoice is made of what waits.")
    wanted = answered(visit, _invoice(currency, [currency]))
    memo = wanted.pop("memo", None)
    body = {**wanted, "description": memo, "customer": customer["id"], "currency": currency}
    made = await visit.ask("POST", "/v1/invoices", body, key=once(visit))
    return await visit.redirect(f"/invoices/{made['id']}", "Draft created. Look at it once more, then finalize it.")


async def _page(visit: Visit, errors: Mapping[str, str], *, said: str = "", keeps: bool = False) -> Sent:
    """The form. `said` tells what was just done; then the fields of an item are empty again, unless it `keeps` them."""
    customer = await _customer(visit)
    waiting = await _waiting(visit, customer["id"])
    currencies = _currencies(visit, customer, waiting)
    item, invoice = await _item(visit, customer), _invoice(currencies[0], currencies)
    done = bool(said) and not keeps
    emptied = {each.name: each.value for each in item.inputs if done and each.name in ITEM_FIELDS}
    return visit.render(
        "invoices/compose.html",
        status=400 if errors else 200,
        customer=customer,
        waiting=waiting,
        sums=_sums(waiting),
        item=item,
        invoice=invoice,
        filled={**filled_of(visit, (*item.inputs, *invoice.inputs)), **emptied},
        errors=errors,
        once=once(visit),
        item_once=new_id("form") if done else visit.typed("item") or new_id("form"),
        said=said,
    )


async def _customer(visit: Visit) -> Mapping[str, Any]:
    one = await visit.desk.shown("customers", visit.ids["id"])
    if one.gone:
        raise Conflict("This customer is deleted: nothing more can be billed to it.")
    return one.view


async def _waiting(visit: Visit, customer: str) -> Sequence[Mapping[str, Any]]:
    """All that waits, as far as one invoice takes it."""
    found: list[Mapping[str, Any]] = []
    wanted = {"customer": customer, "pending": "true", "limit": PAGE_MAX}
    while len(found) < ITEMS_AN_INVOICE_MAX:
        page = await visit.ask("GET", "/v1/invoice_items", wanted)
        found += page["data"]
        if not page["has_more"]:
            break
        wanted["starting_after"] = found[-1]["id"]
    return found


def _currencies(visit: Visit, customer: Mapping[str, Any], waiting: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those that an invoice could be in, the likeliest first."""
    usual = customer["currency"] or visit.account.default_currency
    found = list(dict.fromkeys(each["currency"] for each in waiting))
    return sorted(found, key=lambda each: each != usual) or [usual]


def _sums(waiting: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for each in waiting:
        found[each["currency"]] = found.get(each["currency"], 0) + each["amount"]
    return found


async def _item(visit: Visit, customer: Mapping[str, Any]) -> Question:
    usual = customer["currency"] or visit.account.default_currency
    return Question(
        title="Add an item",
        label="Add item",
        back="",
        inputs=(
            Input(name="description", label="Description", hint="What the customer reads.", max=1000),
            Input(name="amount", label="Amount", kind="money", hint="Such as 25.00; below zero for a credit."),
            currency_input(visit, usual, required=False),
            await pick(visit, "price", "one_time_prices", "Or a price", required=False),
            Input(name="quantity", label="Quantity", kind="number", value="1", beside=True, hint="Of the price."),
        ),
    )


def _invoice(currency: str, currencies: Sequence[str]) -> Question:
    choice = Input(
        name="invoice_currency",
        label="Currency",
        kind="select",
        value=currency,
        options=[(each, each.upper()) for each in currencies],
        hint="What waits in another stays for another invoice.",
    )
    return Question(
        title="The invoice",
        label="Create draft",
        back="",
        inputs=(
            *((choice,) if len(currencies) > 1 else ()),
            Input(name="collection_method", label="Collection", kind="select", options=COLLECTIONS),
            Input(
                name="days_until_due",
                label="Days until due",
                kind="number",
                hint="Only where it is left to the customer to pay.",
            ),
            Input(
                name="auto_advance",
                label="Charge by itself",
                kind="check",
                hint="Once it is finalized, and again if it is declined.",
            ),
            Input(name="memo", label="Memo", kind="area", max=1000),
        ),
    )


def _demand(visit: Visit) -> None:
    if not visit.may(NEEDS):
        raise Forbidden(f"Your role does not allow this ({NEEDS}).")


PAGES = (
    asking("/invoices/new", NEEDS, ask_customer, go_on),
    Page(path="/customers/{id}/invoice", get=compose, post=act, needs="invoices:read"),
)
