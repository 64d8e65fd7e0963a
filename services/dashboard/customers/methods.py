"""Saved methods: the list, one, adding one, choosing the default, removing one. No number of a card comes near."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Invalid
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.forms import once
from services.dashboard.listing import Column, Filter, Listing, Row, customer_of, page_of
from services.dashboard.page import Page, Visit
from services.dashboard.payments.methods import method_text

URL = "/v1/payment_methods"
WRITE = "payment_methods:write"
TEST_METHODS = (
    ("pm_card_visa", "Visa that pays"),
    ("pm_card_mastercard", "Mastercard that pays"),
    ("pm_card_chargeCustomerFail", "Card that is saved, then declined"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "Card without enough money"),
    ("pm_card_visa_chargeDeclinedLostCard", "Card reported lost"),
    ("pm_card_chargeDeclinedExpiredCard", "Expired card"),
    ("pm_bank_success", "Bank account that pays"),
    ("pm_bank_fail", "Bank account that refuses"),
    ("", "A token of the gateway"),
)
KINDS = (("CARD", "Card"), ("BANK_ACCOUNT", "Bank account"))


def _row(row: Row, _now: int) -> Mapping[str, Any]:
    card: Mapping[str, Any] = row["card"] or {}
    expires = f"{card['exp_month']:02}/{card['exp_year']}" if card.get("exp_month") else ""
    return {**customer_of(row), "method": method_text(row), "expires": expires}


LIST = Listing(
    path="/payment_methods",
    url=URL,
    title="Payment methods",
    capability="payment_methods",
    columns=(
        Column(name="method", label="Method"),
        Column(name="expires", label="Expires"),
        Column(name="customer_name", label="Customer"),
        Column(name="type", label="Kind", kind="words", more=True),
        Column(name="created", label="Created", kind="day"),
    ),
    nothing="Cards and bank accounts are added on the page of their customer, or by your shop through the API.",
    filters=(
        Filter(name="type", label="Kind", options=KINDS),
        Filter(name="customer", label="Customer", of="customers"),
    ),
    row=_row,
    expand=("data.customer",),
)


async def shown(visit: Visit) -> Sent:
    """A method: what may be shown of it."""
    method = await _method(visit)
    customer: Mapping[str, Any] | None = None
    if method["customer"] and visit.may("customers:read"):
        customer = (await visit.desk.shown("customers", method["customer"])).view
    kind: Mapping[str, Any] = method["card"] or method["bank_account"] or {}
    return visit.render(
        "customers/method.html",
        method=method,
        title=method_text(method),
        kind=kind,
        customer=customer,
        is_default=customer is not None and customer["default_payment_method"] == method["id"],
    )


async def ask_new(visit: Visit) -> Question:
    """A token of the gateway; in test also a method that behaves as its name says."""
    customer = await visit.desk.shown("customers", visit.ids["id"])
    back = visit.url(f"/customers/{visit.ids['id']}")
    first = TEST_METHODS[0][0]
    test = Input(name="test", label="Test method", kind="select", options=TEST_METHODS, value=first)
    return Question(
        title="Add payment method",
        label="Add method",
        back=back,
        trail=(("Customers", visit.url("/customers")), (customer.view["name"] or visit.ids["id"], back)),
        note="Card numbers are never typed here: the gateway's form in your shop turns them into tokens.",
        inputs=(
            *(() if visit.livemode else (test,)),
            Input(name="type", label="Kind", kind="select", options=KINDS),
            Input(
                name="token",
                label="Token",
                hint="As the gateway gave it to your shop.",
                required=visit.livemode,
                max=256,
            ),
            Input(
                name="default",
                label="Make it the default",
                kind="check",
                value="1",
                hint="What names no method of its own is charged to it.",
            ),
        ),
    )


async def add(visit: Visit, question: Question) -> Sent:
    """Saves the method for the customer."""
    given, customer = answered(visit, question), visit.ids["id"]
    if "test" in given:
        path, wanted = f"{URL}/{given['test']}/attach", {"customer": customer}
    elif "token" in given:
        kind = given["type"].lower()
        path, wanted = URL, {"type": given["type"], kind: {"token": given["token"]}, "customer": customer}
    else:
        raise Invalid("This is needed.", param="token")
    made = await visit.ask("POST", path, wanted, key=once(visit))
    if given["default"] == "true" and visit.may("customers:write"):
        await visit.ask("PUT", f"/v1/customers/{customer}", {"default_payment_method": made["id"]})
    return await visit.redirect(f"/customers/{customer}", "Payment method added.")


async def _method(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("payment_methods", visit.ids["id"])).view


def _owner(visit: Visit, method: Mapping[str, Any]) -> str:
    """The page of the customer whose method it is; without one, its own."""
    return visit.link(method["customer"]) or visit.url(f"/payment_methods/{method['id']}")


async def ask_removal(visit: Visit) -> Question:
    """What goes with it."""
    method = await _method(visit)
    return Question(
        title=f"Remove {method_text(method)}?",
        label="Remove method",
        back=_owner(visit, method),
        bad=True,
        confirms=True,
        says=("It is never charged again, here or at the gateway.", "What it has paid stays. This cannot be undone."),
    )


async def remove(visit: Visit, question: Question) -> Sent:
    """Takes the method from its customer."""
    await visit.ask("POST", f"{URL}/{visit.ids['id']}/detach", key=once(visit))
    return await visit.redirect(question.back, "Payment method removed.")


async def ask_default(visit: Visit) -> Question:
    """What the default means."""
    method = await _method(visit)
    return Question(
        title=f"Make {method_text(method)} the default?",
        label="Make default",
        back=_owner(visit, method),
        confirms=True,
        says=("Payments, renewals and schedules that name no method of their own are charged to it.",),
        more={"customer": method["customer"]},
    )


async def make_default(visit: Visit, question: Question) -> Sent:
    """Makes the method the default of its customer."""
    customer = question.more["customer"]
    if customer is None:
        raise Invalid("This method belongs to no customer any more.")
    await visit.ask("PUT", f"/v1/customers/{customer}", {"default_payment_method": visit.ids["id"]})
    return await visit.redirect(question.back, "Default method saved.")


PAGES = (
    page_of(LIST),
    Page(path="/payment_methods/{id}", get=shown, needs="payment_methods:read", capability="payment_methods"),
    asking("/customers/{id}/payment_methods/new", WRITE, ask_new, add),
    asking("/payment_methods/{id}/remove", WRITE, ask_removal, remove),
    asking("/payment_methods/{id}/default", "customers:write", ask_default, make_default),
)
