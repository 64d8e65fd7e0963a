"""Payments: the list, one with its attempts, and what can be done to it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Declined, Missing
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.choosing import began_at, chosen, pick
from services.dashboard.formatting import money, plain
from services.dashboard.forms import once
from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of
from services.dashboard.page import Page, Visit

URL = "/v1/payments"
READ, WRITE = "payments:read", "payments:write"
REFUNDS_SHOWN = "100"
METHODS_SHOWN = "100"
STATUSES = (
    "SUCCEEDED",
    "FAILED",
    "PROCESSING",
    "REQUIRES_CAPTURE",
    "REQUIRES_PAYMENT_METHOD",
    "REQUIRES_CONFIRMATION",
    "CANCELED",
)
CONFIRMABLE = frozenset({"REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION", "FAILED"})
CANCELABLE = CONFIRMABLE | {"REQUIRES_CAPTURE"}
REASONS = (
    ("", "No reason given"),
    ("REQUESTED_BY_CUSTOMER", "Requested by the customer"),
    ("DUPLICATE", "Duplicate"),
    ("FRAUDULENT", "Fraudulent"),
)
TABS = (("Payments", "/payments"), ("Refunds", "/refunds"))

LIST = Listing(
    path="/payments",
    url=URL,
    title="Payments",
    capability="payments",
    columns=(
        Column(name="amount", label="Amount", kind="money"),
        Column(name="status", label="Status", kind="status"),
        Column(name="customer_name", label="Customer"),
        Column(name="description", label="Description", more=True),
        Column(name="created", label="Created", kind="instant"),
    ),
    nothing="A payment takes money from a customer's card or bank account. Create one here or through the API.",
    filters=(
        Filter(name="status", label="Status", options=STATUSES),
        Filter(name="customer", label="Customer", of="customers"),
    ),
    create=("Create payment", "/payments/new"),
    row=customer_of,
    expand=("data.customer",),
    tabs=TABS,
)


async def shown(visit: Visit) -> Sent:
    """A payment, its attempts with what the gateway answered, and its refunds."""
    one = await visit.desk.shown("payments", visit.ids["id"])
    payment = one.view
    charged = [each["payment_method"] for each in (payment, *payment["attempts"]) if each["payment_method"]]
    refunds, customer, methods = await asyncio.gather(
        visit.ask("GET", "/v1/refunds", {"payment": payment["id"], "limit": REFUNDS_SHOWN}),
        _customer(visit, payment["customer"]),
        visit.desk.shown_many("payment_methods", charged),
    )
    writes = visit.may(WRITE)
    return visit.render(
        "payments/payment.html",
        payment=payment,
        refunds=refunds["data"],
        customer=customer,
        methods={id: method_text(each) for id, each in methods.items()},
        can={
            "refund": visit.may("refunds:write") and left_of(payment) > 0,
            "capture": writes and payment["status"] == "REQUIRES_CAPTURE",
            "confirm": writes and payment["status"] in CONFIRMABLE,
            "cancel": writes and payment["status"] in CANCELABLE,
        },
    )


def left_of(payment: Mapping[str, Any]) -> int:
    """What can still be given back."""
    return payment["amount_received"] - payment["amount_refunded"] if payment["status"] == "SUCCEEDED" else 0


async def _customer(visit: Visit, id: str | None) -> Mapping[str, Any] | None:
    return (await visit.desk.shown("customers", id)).view if id else None


async def _payment(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("payments", visit.ids["id"])).view


def _shown_amount(payment: Mapping[str, Any]) -> str:
    return money(payment["amount"], payment["currency"])


def _back(visit: Visit) -> str:
    return visit.url(f"/payments/{visit.ids['id']}")


async def _do(visit: Visit, step: str, parameters: Mapping[str, Any], say: str) -> Sent:
    """Asks for a step of the payment. A decline is an outcome: the page of the payment tells it."""
    try:
        await visit.ask("POST", f"{URL}/{visit.ids['id']}/{step}", parameters, key=once(visit))
    except Declined as declined:
        return await visit.redirect(_back(visit), f"Declined: {declined.message}")
    return await visit.redirect(_back(visit), say)


async def ask_refund(visit: Visit) -> Question:
    """How much goes back, and why."""
    payment = await _payment(visit)
    left = left_of(payment)
    return Question(
        title=f"Refund {_shown_amount(payment)}?",
        label="Refund",
        back=_back(visit),
        confirms=True,
        says=(f"{money(left, payment['currency'])} can be refunded. It goes back to the method that paid.",),
        inputs=(
            Input(
                name="amount",
                label=f"Amount in {payment['currency'].upper()}",
                kind="money",
                value=plain(left, payment["currency"]),
                required=True,
            ),
            Input(name="reason", label="Reason", kind="select", options=REASONS),
        ),
        more={"currency": payment["currency"]},
    )


async def refund(visit: Visit, question: Question) -> Sent:
    """Gives money back."""
    wanted = answered(visit, question, question.more["currency"])
    await visit.ask("POST", "/v1/refunds", {"payment": visit.ids["id"], **wanted}, key=once(visit))
    return await visit.redirect(_back(visit), "Refund created.")


async def ask_capture(visit: Visit) -> Question:
    """How much of what is reserved is taken."""
    payment = await _payment(visit)
    capturable, currency = payment["amount_capturable"], payment["currency"]
    return Question(
        title=f"Capture {_shown_amount(payment)}?",
        label="Capture",
        back=_back(visit),
        confirms=True,
        says=(f"{money(capturable, currency)} is reserved.", "Once captured, the rest of it is released."),
        inputs=(
            Input(
                name="amount",
                label=f"Amount in {currency.upper()}",
                kind="money",
                value=plain(capturable, currency),
                required=True,
            ),
        ),
        more={"currency": currency},
    )


async def capture(visit: Visit, question: Question) -> Sent:
    """Takes what is reserved, or a part of it."""
    return await _do(visit, "capture", answered(visit, question, question.more["currency"]), "Payment captured.")


async def ask_cancel(visit: Visit) -> Question:
    """What canceling means."""
    payment = await _payment(visit)
    return Question(
        title=f"Cancel the payment of {_shown_amount(payment)}?",
        label="Cancel payment",
        back=_back(visit),
        bad=True,
        confirms=True,
        says=("Nothing is charged any more; money that is only reserved is released.", "This cannot be undone."),
    )


async def cancel(visit: Visit, _: Question) -> Sent:
    """Cancels the payment."""
    return await _do(visit, "cancel", {}, "Payment canceled.")


async def methods_of(visit: Visit, customer: str | None, first: str) -> Sequence[tuple[str, str]]:
    """The saved methods of a customer, to choose from; `first` is what leaving it open means."""
    if customer is None:
        return (("", first),)
    found = await visit.ask("GET", f"/v1/customers/{customer}/payment_methods", {"limit": METHODS_SHOWN})
    return (("", first), *((each["id"], method_text(each)) for each in found["data"]))


async def method_input(visit: Visit, name: str) -> Input:
    """The field for a method: those of the customer whom the address names, else by id."""
    hint = "Empty: the customer's default."
    try:
        options = await methods_of(visit, visit.text("customer") or None, "The customer's default")
    except Missing:
        options = ()
    if len(options) > 1:
        return Input(name=name, label="Method", kind="select", options=options)
    return Input(name=name, label="Method", hint=hint)


def method_text(method: Mapping[str, Any]) -> str:
    """A method in a few words: Visa ending in 4242."""
    kind: Mapping[str, Any] = method.get("card") or method.get("bank_account") or {}
    brand = str(kind.get("brand") or kind.get("bank_name") or "Account").capitalize()
    return f"{brand} ending in {kind['last4']}" if kind.get("last4") else method["id"]


async def ask_confirm(visit: Visit) -> Question:
    """Which method is charged."""
    payment = await _payment(visit)
    options = await methods_of(visit, payment["customer"], "The customer's default, or the one tried before")
    return Question(
        title=f"Charge {_shown_amount(payment)}?",
        label="Charge",
        back=_back(visit),
        confirms=True,
        says=("The gateway is asked to charge the method now.",),
        inputs=(Input(name="payment_method", label="Method", kind="select", options=options),),
    )


async def confirm(visit: Visit, question: Question) -> Sent:
    """Charges, or tries again."""
    return await _do(visit, "confirm", answered(visit, question), "Payment confirmed.")


async def ask_new(visit: Visit) -> Question:
    """A new payment, of the customer that the address may name."""
    return Question(
        title="Create payment",
        label="Create payment",
        back=began_at(visit, "/payments"),
        trail=(("Payments", visit.url("/payments")),),
        inputs=(
            Input(name="amount", label="Amount", kind="money", required=True, hint="Such as 25.00."),
            Input(name="currency", label="Currency", value=visit.account.default_currency, required=True, max=3),
            await pick(visit, "customer", "customers", "Customer", value=visit.text("customer"), required=False),
            await method_input(visit, "payment_method"),
            Input(name="description", label="Description", max=1000),
            Input(
                name="capture_method",
                label="Capture",
                kind="select",
                options=(("AUTOMATIC", "At once"), ("MANUAL", "Later: only reserve the money now")),
            ),
        ),
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Creates a payment and charges it. A decline has made a payment too, whose page tells why."""
    wanted = {**answered(visit, question), "customer": await chosen(visit, "customer", "customers")}
    try:
        made = await visit.ask("POST", URL, wanted, key=once(visit))
    except Declined as declined:
        payment = declined.extra.get("payment")
        if not isinstance(payment, dict):
            raise
        return await visit.redirect(f"/payments/{payment['id']}", f"Declined: {declined.message}")
    return await visit.redirect(f"/payments/{made['id']}", "Payment created.")


PAGES = (
    page_of(LIST),
    asking("/payments/new", WRITE, ask_new, create),
    Page(path="/payments/{id}", get=shown, needs=READ, capability="payments"),
    asking("/payments/{id}/refund", "refunds:write", ask_refund, refund),
    asking("/payments/{id}/capture", WRITE, ask_capture, capture),
    asking("/payments/{id}/cancel", WRITE, ask_cancel, cancel),
    asking("/payments/{id}/confirm", WRITE, ask_confirm, confirm),
)
