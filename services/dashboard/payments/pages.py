"""Payments: the list, one with its attempts, and what can be done to it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Declined
from services.dashboard.asking import Input, Question, answered, asking, currency_input, form_of
from services.dashboard.choosing import began_at, chosen, pick
from services.dashboard.forms import once
from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of
from services.dashboard.page import Page, Visit
from services.dashboard.payments import handling
from services.dashboard.payments.methods import method_input, method_text, only_looks
from services.dashboard.payments.standing import CANCELABLE, CONFIRMABLE, left_of, standing_of

URL = "/v1/payments"
READ, WRITE = "payments:read", "payments:write"
REFUNDS_SHOWN = "100"
STATUSES = (
    "SUCCEEDED",
    "FAILED",
    "PROCESSING",
    "REQUIRES_CAPTURE",
    "REQUIRES_PAYMENT_METHOD",
    "REQUIRES_CONFIRMATION",
    "CANCELED",
)
TABS = (("Payments", "/payments"), ("Refunds", "/refunds"))

LIST = Listing(
    path="/payments",
    url=URL,
    title="Payments",
    capability="payments",
    columns=(
        Column(name="amount", label="Amount", kind="money"),
        Column(name="standing", label="Status", kind="status"),
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
    row=lambda row, _now: {**customer_of(row), "standing": standing_of(row)},
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
        standing=standing_of(payment),
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


async def _customer(visit: Visit, id: str | None) -> Mapping[str, Any] | None:
    return (await visit.desk.shown("customers", id)).view if id else None


async def ask_new(visit: Visit) -> Question:
    """A new payment, of the customer that the address may name."""
    return Question(
        title="Create payment",
        label="Create payment",
        back=began_at(visit, "/payments"),
        trail=(("Payments", visit.url("/payments")),),
        part="payment_method",
        of_part="customer",
        inputs=(
            await pick(visit, "customer", "customers", "Customer", value=visit.text("customer"), required=False),
            await method_input(visit, "payment_method"),
            Input(name="amount", label="Amount", kind="money", required=True, hint="Such as 25.00."),
            currency_input(visit),
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
    if await only_looks(visit):
        return form_of(visit, question, {})
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
    *handling.PAGES,
)
