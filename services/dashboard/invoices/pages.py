"""Invoices: the list, one with its lines, what can be done to it, and a page to print."""

from collections.abc import Container, Mapping
from typing import Any

from msgspec import structs

from services.api.endpoint import Sent
from services.core.refusal import Declined
from services.dashboard.asking import Input, Question, answered, asking, unless
from services.dashboard.catalogue.naming import plan_text, with_products
from services.dashboard.formatting import money, words
from services.dashboard.forms import once
from services.dashboard.hosted.sheet import billed_to, sums
from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of
from services.dashboard.page import Page, Visit
from services.dashboard.payments.methods import methods_of

URL = "/v1/invoices"
READ, WRITE = "invoices:read", "invoices:write"
TABS = (("Invoices", "/invoices"), ("Items", "/invoice_items"))
DUE = frozenset({"OPEN", "UNCOLLECTIBLE"})
STATUSES = ("DRAFT", "OPEN", "PAID", "VOID", "UNCOLLECTIBLE")

LIST = Listing(
    path="/invoices",
    url=URL,
    title="Invoices",
    capability="invoices",
    columns=(
        Column(name="name", label="Number"),
        Column(name="status", label="Status", kind="status"),
        Column(name="customer_name", label="Customer"),
        Column(name="total", label="Total", kind="money"),
        Column(name="billing_reason", label="Reason", kind="words", more=True),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="Subscriptions make invoices by themselves; you can make one of anything else.",
    filters=(
        Filter(name="status", label="Status", options=STATUSES),
        Filter(name="customer", label="Customer", of="customers"),
        Filter(name="subscription", label="Subscription", placeholder="sub_…"),
    ),
    create=("Create invoice", "/invoices/new"),
    row=lambda row, _now: {**customer_of(row), "name": row["number"] or "Draft"},
    expand=("data.customer",),
    tabs=TABS,
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
        plan=await _plan(visit, invoice["subscription"]),
        can={
            "finalize": writes and status == "DRAFT",
            "pay": writes and status in DUE,
            "void": writes and status in DUE,
            "write_off": writes and status == "OPEN",
        },
    )


async def _plan(visit: Visit, subscription: str | None) -> str:
    """What the subscription is to that the invoice bills."""
    if subscription is None or not visit.may("subscriptions:read"):
        return ""
    one = (await visit.desk.shown("subscriptions", subscription)).view
    [named] = await with_products(visit, [one])
    return plan_text(named)


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
    options = await methods_of(visit, invoice["customer"], "The usual one")
    question = Question(
        title=f"Collect {money(invoice['amount_remaining'], invoice['currency'])}?",
        label="Collect",
        back=_back(visit),
        confirms=True,
        says=("The method is charged now. If it is declined, the attempts that are planned stay planned.",),
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
    return unless(_standing(invoice, DUE, "paid"), "Nothing to collect", question)


def _standing(invoice: Mapping[str, Any], statuses: Container[str], done: str) -> str | None:
    """Why it cannot be `done` as it stands; None if it can."""
    status = invoice["status"]
    if status in statuses:
        return None
    if status == "DRAFT":
        return f"This is a draft. Finalize it first; then it can be {done}."
    return f"This invoice is {words(status).lower()}; it cannot be {done}."


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
    path: str, operation: str, question: Question, say: str, statuses: Container[str], done: str, impossible: str
) -> Page:
    """A page that asks for a step of the invoice which needs nothing typed, while it has one of `statuses`."""

    async def ask(visit: Visit) -> Question:
        invoice = await _invoice(visit)
        whose = (await visit.desk.shown("customers", invoice["customer"])).view["name"] or invoice["customer"]
        amount = money(invoice["total"], invoice["currency"])
        about = f"{invoice['number'] or 'Draft'}: {amount} for {whose}"
        asked = structs.replace(question, back=_back(visit), confirms=True, about=about)
        return unless(_standing(invoice, statuses, done), impossible, asked)

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
        Question(
            title="Finalize this invoice?",
            label="Finalize",
            back="",
            says=("It gets its number and can no longer be edited.", "It is collected as its customer pays."),
        ),
        "Invoice finalized.",
        {"DRAFT"},
        "finalized once more",
        "Finalized already",
    ),
    step(
        "void",
        "void",
        Question(
            title="Void this invoice?",
            label="Void invoice",
            back="",
            stay="Keep it",
            bad=True,
            says=("It counts as if it had never been issued; its number stays used.", "This cannot be undone."),
        ),
        "Invoice voided.",
        DUE,
        "voided",
        "Nothing to void",
    ),
    step(
        "write-off",
        "mark_uncollectible",
        Question(
            title="Mark as uncollectible?",
            label="Mark as uncollectible",
            back="",
            stay="Keep it",
            bad=True,
            says=("It is not collected by itself any more; it can still be paid.",),
        ),
        "Invoice marked as uncollectible.",
        {"OPEN"},
        "marked as uncollectible",
        "Nothing to write off",
    ),
)
