"""Subscriptions: the list, one of them, and its life: starting, changing, pausing, ending."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from services.api.endpoint import Sent
from services.core.refusal import Declined, Refusal
from services.dashboard.asking import Input, Question, answered, asking, form_of, unless
from services.dashboard.catalogue.naming import plan_text, with_products
from services.dashboard.catalogue.words import amount_text, interval_text, price_name
from services.dashboard.choosing import began_at, chosen, pick
from services.dashboard.formatting import day, words
from services.dashboard.forms import once
from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of
from services.dashboard.page import Page, Visit
from services.dashboard.payments.methods import DEFAULT, charged, method_input, methods_of, only_looks
from services.dashboard.subscriptions.changing import OVER, ask_change, back_to, change, over, subscription_of

URL = "/v1/subscriptions"
READ, WRITE = "subscriptions:read", "subscriptions:write"
STATUSES = ("ACTIVE", "TRIALING", "PAST_DUE", "UNPAID", "INCOMPLETE", "PAUSED", "CANCELED", "INCOMPLETE_EXPIRED")
PAUSABLE = frozenset({"ACTIVE", "TRIALING"})
INVOICES_SHOWN = "20"
BEHAVIORS = (
    ("ALLOW_INCOMPLETE", "Charge now; if declined, wait"),
    ("DEFAULT_INCOMPLETE", "Wait until the invoice is paid"),
    ("ERROR_IF_INCOMPLETE", "Charge now; if declined, stop"),
)


def _row(row: Mapping[str, Any], _now: int) -> Mapping[str, Any]:
    return {**customer_of(row), "plan": plan_text(row)}


LIST = Listing(
    path="/subscriptions",
    url=URL,
    title="Subscriptions",
    capability="subscriptions",
    columns=(
        Column(name="customer_name", label="Customer"),
        Column(name="status", label="Status", kind="status"),
        Column(name="plan", label="Product"),
        Column(name="current_period_end", label="Period ends", kind="day"),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="A subscription bills a customer again and again. You need a customer and a price with an interval.",
    filters=(
        Filter(name="status", label="Status", options=STATUSES),
        Filter(name="customer", label="Customer", of="customers"),
        Filter(name="price", label="Price", of="prices"),
    ),
    create=("Create subscription", "/subscriptions/new"),
    row=_row,
    beside=with_products,
    expand=("data.customer",),
)


async def shown(visit: Visit) -> Sent:
    """A subscription, what it bills and has billed."""
    subscription = await subscription_of(visit)
    invoices, customer, upcoming = await asyncio.gather(
        visit.ask("GET", "/v1/invoices", {"subscription": subscription["id"], "limit": INVOICES_SHOWN}),
        visit.desk.shown("customers", subscription["customer"]),
        _upcoming(visit, subscription["id"]),
    )
    [named] = await with_products(visit, [subscription])
    runs = subscription["status"] not in OVER
    writes = visit.may(WRITE)
    return visit.render(
        "subscriptions/subscription.html",
        subscription=subscription,
        plan=plan_text(named),
        lines=[_item(each) for each in named["items"]["data"]],
        invoices=invoices["data"],
        customer=customer.view,
        method=await charged(visit, customer.view, subscription["default_payment_method"]),
        upcoming=upcoming if runs and not subscription["cancel_at_period_end"] else None,
        can={
            "change": writes and runs,
            "pause": writes and subscription["status"] in PAUSABLE,
            "resume": writes and subscription["status"] == "PAUSED",
            "keep": writes and runs and _ends(subscription),
            "cancel": writes and runs,
        },
    )


def _item(item: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """What it is called, what one costs how often, and the item."""
    price = item["price"]
    each = amount_text(price) + interval_text(price["recurring"])
    return price_name(price) or each, each, item


async def _upcoming(visit: Visit, id: str) -> Mapping[str, Any] | None:
    """The invoice that would come next; None when there would be none."""
    try:
        return await visit.ask("POST", "/v1/invoices/create_preview", {"subscription": id})
    except Refusal:
        return None


async def ask_new(visit: Visit) -> Question:
    """A new subscription, of the customer that the address may name."""
    return Question(
        title="Create subscription",
        label="Create subscription",
        back=began_at(visit, "/subscriptions"),
        trail=(("Subscriptions", visit.url("/subscriptions")),),
        part="default_payment_method",
        of_part="customer",
        inputs=(
            await pick(visit, "customer", "customers", "Customer", value=visit.text("customer")),
            await method_input(visit, "default_payment_method"),
            await pick(visit, "price", "prices", "Price", value=visit.text("price")),
            Input(name="quantity", label="Quantity", kind="number", value="1", required=True, beside=True),
            Input(name="trial_period_days", label="Trial days", kind="number", hint="Empty: no trial."),
            Input(name="payment_behavior", label="First payment", kind="select", options=BEHAVIORS),
        ),
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Starts a subscription."""
    if await only_looks(visit):
        return form_of(visit, question, {})
    wanted = {
        **answered(visit, question),
        "customer": await chosen(visit, "customer", "customers"),
        "price": await chosen(visit, "price", "prices"),
    }
    made = await visit.ask("POST", URL, wanted, key=once(visit))
    return await visit.redirect(f"/subscriptions/{made['id']}", "Subscription created.")


async def ask_cancel(visit: Visit) -> Question:
    """Now, or when the period that is paid for is over."""
    subscription = await subscription_of(visit)
    until = day(subscription["current_period_end"], visit.zone)
    question = Question(
        title="Cancel this subscription?",
        label="Cancel subscription",
        back=back_to(visit),
        bad=True,
        confirms=True,
        about=await _plan(visit, subscription),
        stay="Keep it",
        says=("Nothing more is billed once it has ended.", "Invoices and payments so far stay."),
        inputs=(
            Input(
                name="when",
                label="When",
                kind="select",
                options=(("end", f"At the period's end, {until}"), ("now", "Now")),
            ),
        ),
    )
    return unless(over(subscription), "Nothing to cancel", question)


async def _plan(visit: Visit, subscription: Mapping[str, Any]) -> str:
    """Whose it is and what to, so that nobody changes another one by mistake."""
    [named] = await with_products(visit, [subscription])
    customer = (await visit.desk.shown("customers", subscription["customer"])).view
    return f"{customer['name'] or customer['id']}: {plan_text(named)}"


async def cancel(visit: Visit, _: Question) -> Sent:
    """Cancels now, or at the period's end."""
    id = visit.ids["id"]
    if visit.typed("when") == "now":
        await visit.ask("DELETE", f"{URL}/{id}", key=once(visit))
        return await visit.redirect(back_to(visit), "Subscription canceled.")
    await visit.ask("POST", f"{URL}/{id}", {"cancel_at_period_end": "true"}, key=once(visit))
    return await visit.redirect(back_to(visit), "The subscription ends with the current period.")


Why = Callable[[Mapping[str, Any]], str | None]


def step(
    path: str, question: Question, say: str, why: Why, impossible: str, parameters: Mapping[str, Any] | None = None
) -> Page:
    """A page that asks for a step of the subscription which needs nothing typed. `why` tells why it is impossible."""

    async def ask(visit: Visit) -> Question:
        subscription = await subscription_of(visit)
        about = await _plan(visit, subscription)
        asked = structs.replace(question, back=back_to(visit), confirms=True, about=about)
        return unless(why(subscription), impossible, asked)

    async def take(visit: Visit, _: Question) -> Sent:
        below = "" if path == "keep" else f"/{path}"
        try:
            await visit.ask("POST", f"{URL}/{visit.ids['id']}{below}", parameters or {}, key=once(visit))
        except Declined as declined:
            return await visit.redirect(back_to(visit), f"Declined: {declined.message}")
        return await visit.redirect(back_to(visit), say)

    return asking(f"/subscriptions/{{id}}/{path}", WRITE, ask, take)


async def ask_method(visit: Visit) -> Question:
    """Which method is charged from now on."""
    subscription = await subscription_of(visit)
    method = Input(
        name="default_payment_method",
        label="Method",
        kind="select",
        options=await methods_of(visit, subscription["customer"], DEFAULT),
        value=subscription["default_payment_method"] or "",
    )
    about = await _plan(visit, subscription)
    question = Question(
        title="Charge which method?", label="Save", back=back_to(visit), confirms=True, about=about, inputs=(method,)
    )
    return unless(over(subscription), "This subscription has ended", question)


async def set_method(visit: Visit, _: Question) -> Sent:
    """Sets the method of the subscription; empty is the customer's default."""
    wanted = {"default_payment_method": visit.typed("default_payment_method")}
    await visit.ask("POST", f"{URL}/{visit.ids['id']}", wanted, key=once(visit))
    return await visit.redirect(back_to(visit), "Method saved.")


def _ends(subscription: Mapping[str, Any]) -> bool:
    return subscription["cancel_at_period_end"] or subscription["cancel_at"] is not None


def _why_no_pause(subscription: Mapping[str, Any]) -> str | None:
    status = subscription["status"]
    if status in PAUSABLE:
        return None
    return over(subscription) or f"Only what is active or on trial can be paused; this is {words(status).lower()}."


PAGES = (
    page_of(LIST),
    asking("/subscriptions/new", WRITE, ask_new, create),
    Page(path="/subscriptions/{id}", get=shown, needs=READ, capability="subscriptions"),
    asking("/subscriptions/{id}/change", WRITE, ask_change, change),
    asking("/subscriptions/{id}/cancel", WRITE, ask_cancel, cancel),
    asking("/subscriptions/{id}/method", WRITE, ask_method, set_method),
    step(
        "pause",
        Question(
            title="Pause this subscription?",
            label="Pause",
            back="",
            says=("No invoices are made until it is resumed.",),
        ),
        "Subscription paused.",
        _why_no_pause,
        "Nothing to pause",
    ),
    step(
        "resume",
        Question(
            title="Resume this subscription?",
            label="Resume",
            back="",
            says=("It goes on with the period that is paid for; if that is over, a new one is billed now.",),
        ),
        "Subscription resumed.",
        lambda one: None if one["status"] == "PAUSED" else over(one) or "This subscription is not paused.",
        "Nothing to resume",
    ),
    step(
        "keep",
        Question(
            title="Undo the cancellation?",
            label="Go on billing",
            back="",
            stay="Let it end",
            says=("It renews as before.",),
        ),
        "The subscription goes on.",
        lambda one: over(one) or (None if _ends(one) else "No cancellation is planned: this subscription renews."),
        "Nothing to undo",
        {"cancel_at_period_end": "false", "cancel_at": ""},
    ),
)
