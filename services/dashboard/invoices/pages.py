"""Invoices: the list, one with its lines, what can be done to it, and a page to print."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Declined
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.formatting import money
from services.dashboard.forms import once
from services.dashboard.hosted.sheet import billed_to, sums
from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of
from services.dashboard.page import Page, Visit
from services.dashboard.payments.pages import methods_of

URL = "/v1/invoices"
READ, WRITE = "invoices:read", "invoices:write"
STATUSES = ("DRAFT", "OPEN", "PAID", "VOID", "UNCOLLECTIBLE")

LIST = Listing(
    path="/invoices",
    url=URL,
    title="Invoices",
    capability="invoices",
    columns=(
        Column(name="name", label="Number"),
        Column(name="status", label="Status", kind="status"),
        Column(name="total", label="Total", kind="money"),
        Column(name="customer_name", label="Customer"),
        Column(name="billing_reason", label="Reason", kind="words", more=True),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="Subscriptions make invoices by themselves; you can make one of anything else.",
    filters=(
        Filter(name="status", label="Status", options=STATUSES),
        Filter(name="customer", label="Customer", of="customers"),
        Filter(name="subscription", label="Subscription id"),
    ),
    create=("Create invoice", "/invoices/new"),
    row=lambda row, _now: {**customer_of(row), "name": row["number"] or "Draft"},
    expand=("data.customer",),
)


async def shown(visit: Visit) -> Sent:
    """An invoice and its lines."""
    invoice = await _invoice(visit)
    customer = await visit.desk.shown("customers", invoice["customer"])
    status, writes = invoice["status"], visit.may(WRITE)
    return visit.render(
        "invoices/invoice.html",
        invoice=invoice,
        customer=customer.view,
        can={
            "finalize": writes and status == "DRAFT",
            "pay": writes and status in {"OPEN", "UNCOLLECTIBLE"},
            "void": writes and status in {"OPEN", "UNCOLLECTIBLE"},
            "write_off": writes and status == "OPEN",
        },
    )


async def printed(visit: Visit) -> Sent:
    """The invoice as a sheet of paper."""
    invoice = await _invoice(visit)
    customer = await visit.desk.shown("customers", invoice["customer"])
    return visit.render("invoices/print.html", invoice=invoice, billed_to=billed_to(customer.view), sums=sums(invoice))


async def _invoice(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("invoices", visit.ids["id"])).view


def _back(visit: Visit) -> str:
    return visit.url(f"/invoices/{visit.ids['id']}")


async def ask_pay(visit: Visit) -> Question:
    """By which method, or that it was paid in another way."""
    invoice = await _invoice(visit)
    options = await methods_of(visit, invoice["customer"], "The one it would be charged to by itself")
    return Question(
        title=f"Collect {money(invoice['amount_remaining'], invoice['currency'])}?",
        label="Collect",
        back=_back(visit),
        confirms=True,
        says=("A declined attempt takes away none of the planned ones.",),
        inputs=(
            Input(name="payment_method", label="Method", kind="select", options=options),
            Input(
                name="paid_out_of_band",
                label="It was paid in another way",
                kind="check",
                hint="Cash or a transfer, say: nothing is charged.",
            ),
        ),
    )


async def pay(visit: Visit, question: Question) -> Sent:
    """Charges the invoice, or notes that it was paid elsewhere."""
    wanted = answered(visit, question)
    if wanted["paid_out_of_band"] == "true":
        wanted.pop("payment_method", None)
    try:
        await visit.ask("POST", f"{URL}/{visit.ids['id']}/pay", wanted, key=once(visit))
    except Declined as declined:
        return await visit.redirect(_back(visit), f"Declined: {declined.message}")
    return await visit.redirect(_back(visit), "Invoice paid.")


def step(
    path: str, operation: str, title: str, label: str, says: Sequence[str], say: str, *, bad: bool = False
) -> Page:
    """A page that asks for a step of the invoice which needs nothing typed."""

    async def ask(visit: Visit) -> Question:
        await _invoice(visit)
        return Question(title=title, label=label, back=_back(visit), confirms=True, bad=bad, says=says)

    async def take(visit: Visit, _: Question) -> Sent:
        await visit.ask("POST", f"{URL}/{visit.ids['id']}/{operation}", key=once(visit))
        return await visit.redirect(_back(visit), say)

    return asking(f"/invoices/{{id}}/{path}", WRITE, ask, take)


PAGES = (
    page_of(LIST),
    Page(path="/invoices/{id}", get=shown, needs=READ, capability="invoices"),
    Page(path="/invoices/{id}/print", get=printed, needs=READ),
    asking("/invoices/{id}/pay", WRITE, ask_pay, pay),
    step(
        "finalize",
        "finalize",
        "Finalize this invoice?",
        "Finalize",
        ("It gets its number and can no longer be edited.", "It is collected as its customer pays."),
        "Invoice finalized.",
    ),
    step(
        "void",
        "void",
        "Void this invoice?",
        "Void invoice",
        ("It counts as if it had never been issued; its number stays used.", "This cannot be undone."),
        "Invoice voided.",
        bad=True,
    ),
    step(
        "write-off",
        "mark_uncollectible",
        "Mark this invoice as uncollectible?",
        "Mark as uncollectible",
        ("It is not collected by itself any more; it can still be paid.",),
        "Invoice marked as uncollectible.",
        bad=True,
    ),
)
