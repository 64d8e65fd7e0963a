"""Payment schedules: the list, one with its planned payments, making and canceling one."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.dashboard.asking import Input, Question, answered, asking, currency_input, form_of, unless
from services.dashboard.choosing import began_at, chosen, pick
from services.dashboard.formatting import money, words
from services.dashboard.forms import once
from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of
from services.dashboard.page import Page, Visit
from services.dashboard.payments.methods import charged, method_input, only_looks

URL = "/v1/payment_schedules"
PATH = "/payment_schedules"
READ, WRITE = "payment_schedules:read", "payment_schedules:write"
INTERVALS = (("MONTH", "Month"), ("WEEK", "Week"), ("DAY", "Day"), ("YEAR", "Year"))


def _row(row: Mapping[str, Any], _now: int) -> Mapping[str, Any]:
    coming = [each["date"] for each in row["payments"] if each["status"] == "SCHEDULED"]
    paid = sum(each["status"] == "PAID" for each in row["payments"])
    return {
        **customer_of(row),
        "progress": f"{paid} of {len(row['payments'])} paid",
        "next": min(coming) if coming else None,
    }


LIST = Listing(
    path=PATH,
    url=URL,
    title="Payment schedules",
    capability="payment_schedules",
    columns=(
        Column(name="customer_name", label="Customer"),
        Column(name="status", label="Status", kind="status"),
        Column(name="total_amount", label="Total", kind="money"),
        Column(name="progress", label="Progress"),
        Column(name="next", label="Next payment", kind="day", more=True),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="A schedule splits an amount into payments on dates: a deposit and installments, say.",
    filters=(
        Filter(name="status", label="Status", options=("ACTIVE", "COMPLETED", "CANCELED")),
        Filter(name="customer", label="Customer", of="customers"),
    ),
    create=("Create schedule", f"{PATH}/new"),
    row=_row,
    expand=("data.customer",),
)


async def shown(visit: Visit) -> Sent:
    """A schedule and each of its payments."""
    schedule = await _schedule(visit)
    customer = await visit.desk.shown("customers", schedule["customer"])
    return visit.render(
        "schedules/schedule.html",
        schedule=schedule,
        customer=customer.view,
        method=await charged(visit, customer.view, schedule["payment_method"]),
        may_cancel=visit.may(WRITE) and schedule["status"] == "ACTIVE",
    )


async def _schedule(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("payment_schedules", visit.ids["id"])).view


async def ask_new(visit: Visit) -> Question:
    """An amount in installments, the first perhaps after a deposit."""
    return Question(
        title="Create payment schedule",
        label="Create schedule",
        back=began_at(visit, PATH),
        trail=(("Payment schedules", visit.url(PATH)),),
        note="The amount is split to the last cent: larger parts come first.",
        part="payment_method",
        of_part="customer",
        inputs=(
            await pick(visit, "customer", "customers", "Customer", value=visit.text("customer")),
            await method_input(visit, "payment_method"),
            Input(name="total_amount", label="Total amount", kind="money", required=True, hint="Such as 1,200.00."),
            currency_input(visit),
            Input(name="count", label="Installments", kind="number", value="3", required=True),
            Input(name="interval", label="One each", kind="select", options=INTERVALS, beside=True),
            Input(name="start_date", label="First on", kind="time", hint="Empty: now."),
            Input(name="deposit_amount", label="Deposit", kind="money", hint="Taken first, out of the total."),
        ),
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Makes the schedule."""
    if await only_looks(visit):
        return form_of(visit, question, {})
    wanted = {**answered(visit, question), "customer": await chosen(visit, "customer", "customers")}
    installments = {"count": wanted.pop("count", ""), "interval": wanted.pop("interval", "MONTH")}
    made = await visit.ask("POST", URL, {**wanted, "installments": installments}, key=once(visit))
    return await visit.redirect(f"{PATH}/{made['id']}", "Payment schedule created.")


async def ask_cancel(visit: Visit) -> Question:
    """What canceling means."""
    schedule = await _schedule(visit)
    customer = (await visit.desk.shown("customers", schedule["customer"])).view
    left = sum(each["status"] == "SCHEDULED" for each in schedule["payments"])
    question = Question(
        title="Cancel this payment schedule?",
        label="Cancel schedule",
        about=f"{customer['name'] or customer['id']}: {money(schedule['total_amount'], schedule['currency'])} in all",
        stay="Keep it",
        back=visit.url(f"{PATH}/{schedule['id']}"),
        bad=True,
        confirms=True,
        says=(
            f"{left} planned {'payment is' if left == 1 else 'payments are'} not taken any more.",
            "What is paid stays paid.",
        ),
    )
    why = f"This schedule is {words(schedule['status']).lower()} already: nothing more is planned."
    return unless(None if schedule["status"] == "ACTIVE" else why, "Nothing to cancel", question)


async def cancel(visit: Visit, _: Question) -> Sent:
    """Cancels what is still planned."""
    id = visit.ids["id"]
    await visit.ask("POST", f"{URL}/{id}/cancel", key=once(visit))
    return await visit.redirect(f"{PATH}/{id}", "Payment schedule canceled.")


PAGES = (
    page_of(LIST),
    asking(f"{PATH}/new", WRITE, ask_new, create),
    Page(path=f"{PATH}/{{id}}", get=shown, needs=READ, capability="payment_schedules"),
    asking(f"{PATH}/{{id}}/cancel", WRITE, ask_cancel, cancel),
)
