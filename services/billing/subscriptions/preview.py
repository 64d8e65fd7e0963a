"""What would be invoiced: the next invoice of a subscription, what a change of it or a new one would cost, or what
waits for a customer. Computed as the real invoice is, and nothing is recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from services.billing.customers.commands import UpdateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import Found, existing_customer
from services.billing.invoice_items.lookup import pending_items
from services.billing.invoices.commands import CreateInvoice
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.events import BillingReason
from services.billing.invoices.issuing import billed
from services.billing.invoices.lines import Line
from services.billing.invoices.policy import account_of
from services.billing.invoices.views import InvoiceObject, invoice_object
from services.billing.subscriptions.changing import demand_currency, moment_in
from services.billing.subscriptions.decider import RENEWED_WHILE, SUBSCRIPTIONS, SubscriptionUnexpectedState
from services.billing.subscriptions.drafts import (
    ItemDraft,
    Proration,
    Quantity,
    Seconds,
    SubscriptionDraft,
    SubscriptionPatch,
    changed_items,
    new_items,
)
from services.billing.subscriptions.renewing import items_to_renew, next_period, renewal_lines
from services.billing.subscriptions.starting import creation
from services.billing.subscriptions.state import Subscription
from services.billing.subscriptions.switching import same_items, switched
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.period import Period, whole_second
from services.core.refusal import Conflict, Invalid
from services.core.step import Step
from services.core.wire import ok


class NothingUpcoming(Conflict):
    """There is nothing that would be invoiced."""

    code = "invoice_upcoming_none"


class SubscriptionDetails(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The change, or the new subscription, whose invoice is asked for."""

    price: str | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    items: Sequence[ItemDraft] | UnsetType = UNSET
    proration_behavior: Proration = "CREATE_PRORATIONS"
    billing_cycle_anchor: Seconds | Literal["now", "unchanged"] | UnsetType = UNSET


class PreviewDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of `subscription` its next invoice, with `subscription_details` after that change; of `customer` what waits, or
    with details the first invoice of a new subscription."""

    customer: str | None = None
    subscription: str | None = None
    subscription_details: SubscriptionDetails = SubscriptionDetails()


class Upcoming(Struct, frozen=True, kw_only=True):
    """An invoice that would be made."""

    customer: Found
    currency: str
    reason: BillingReason
    lines: Sequence[Line]
    period_start_at: datetime
    period_end_at: datetime
    subscription: Subscription | None = None


async def create_preview(call: Call[PreviewDraft, None]) -> Reply:
    """Answers the invoice that would be made."""
    await call.engine.look_up(call.envelope)
    upcoming = await _upcoming(call)
    if not upcoming.lines:
        raise NothingUpcoming
    at = await call.engine.now_on(call.envelope, upcoming.customer.customer.test_clock)
    answer = ok(_view(upcoming, at, call.envelope.livemode))
    # Nothing changes; under an idempotency key the answer is recorded all the same.
    unchanged = Step(CUSTOMERS, upcoming.customer.customer.id, UpdateCustomer())
    return Reply.of(await call.engine.handle(call.envelope, unchanged, settles=lambda _customer: answer))


async def _upcoming(call: Call[PreviewDraft, None]) -> Upcoming:
    draft, details = call.body, call.body.subscription_details
    if draft.subscription is not None:
        loaded = await call.engine.load(SUBSCRIPTIONS, call.envelope.tenant, draft.subscription)
        subscription = loaded.state
        if subscription is None or subscription.withdrawn_at is not None:
            message = f"No such subscription: '{draft.subscription}'."
            raise Invalid(message, code="resource_missing", param="subscription")
        if draft.customer not in {None, subscription.customer}:
            raise Invalid("This subscription is another customer's.", param="customer")
        return await _of_subscription(call, subscription)
    if draft.customer is None:
        raise Invalid("Give 'customer' or 'subscription'.", code="parameter_missing", param="customer")
    customer = await existing_customer(call.engine, call.envelope, draft.customer)
    if details.items is UNSET and details.price is UNSET:
        return await _of_customer(call, customer)
    return await _of_new(call, customer)


async def _of_subscription(call: Call[PreviewDraft, None], subscription: Subscription) -> Upcoming:
    engine, envelope, details = call.engine, call.envelope, call.body.subscription_details
    if subscription.status not in RENEWED_WHILE:
        raise SubscriptionUnexpectedState(f"A subscription that is {subscription.status} has no next invoice.")
    customer = await existing_customer(engine, envelope, subscription.customer)
    at = moment_in(subscription, await engine.now_on(envelope, subscription.test_clock))
    patch = SubscriptionPatch(price=details.price, quantity=details.quantity, items=details.items)
    items = await changed_items(engine, envelope, subscription.items, patch)
    demand_currency(subscription, items)
    restarts = details.billing_cycle_anchor == "now" and subscription.anchor_at != at
    if restarts or not same_items(items, subscription.items):
        mode = details.proration_behavior
        switch = switched(subscription, items, mode, restarts=restarts, at=at)
        if switch.now:
            waiting = await pending_items(engine, envelope, subscription.customer, subscription.currency)
            lines = (*subscription.pending, *waiting.described, *switch.lines)
            return _next(customer, subscription, "SUBSCRIPTION_UPDATE", lines, switch.covered)
        subscription = replace(subscription, items=items, pending=(*subscription.pending, *switch.lines))
    if _ends(subscription):
        rest = Period(subscription.period.index, subscription.period.start_at, subscription.period.end_at)
        return _next(customer, subscription, "SUBSCRIPTION_UPDATE", subscription.pending, rest)
    period, _ = next_period(subscription)
    items_waiting = await items_to_renew(engine, envelope, subscription)
    lines = renewal_lines(subscription, period, items_waiting.described)
    return _next(customer, subscription, "SUBSCRIPTION_CYCLE", lines, period)


def _next(
    customer: Found, subscription: Subscription, reason: BillingReason, lines: Sequence[Line], period: Period
) -> Upcoming:
    return Upcoming(
        customer=customer,
        currency=subscription.currency,
        reason=reason,
        lines=lines,
        period_start_at=period.start_at,
        period_end_at=period.end_at,
        subscription=subscription,
    )


def _ends(subscription: Subscription) -> bool:
    cancel_at = subscription.cancel_at
    return subscription.cancel_at_period_end or (cancel_at is not None and cancel_at <= subscription.period.end_at)


async def _of_new(call: Call[PreviewDraft, None], customer: Found) -> Upcoming:
    details, engine, envelope = call.body.subscription_details, call.engine, call.envelope
    anchor = details.billing_cycle_anchor
    draft = SubscriptionDraft(
        customer=customer.customer.id,
        price=None if isinstance(details.price, UnsetType) else details.price,
        quantity=None if isinstance(details.quantity, UnsetType) else details.quantity,
        items=None if isinstance(details.items, UnsetType) else details.items,
        proration_behavior=details.proration_behavior,
        billing_cycle_anchor=anchor if isinstance(anchor, int) else None,
    )
    at = whole_second(await engine.now_on(envelope, customer.customer.test_clock))
    items = await new_items(engine, envelope, draft)
    command, lines = creation(new_id(SUBSCRIPTIONS.prefix), draft, customer.customer, items, at)
    waiting = await pending_items(engine, envelope, customer.customer.id, command.currency)
    return Upcoming(
        customer=customer,
        currency=command.currency,
        reason="SUBSCRIPTION_CREATE",
        lines=[*waiting.described, *lines],
        period_start_at=command.period.start_at,
        period_end_at=command.period.end_at,
    )


async def _of_customer(call: Call[PreviewDraft, None], customer: Found) -> Upcoming:
    engine, envelope = call.engine, call.envelope
    currency = customer.customer.currency or (await account_of(engine, envelope)).default_currency
    items = await pending_items(engine, envelope, customer.customer.id, currency)
    at = whole_second(await engine.now_on(envelope, customer.customer.test_clock))
    return Upcoming(
        customer=customer,
        currency=currency,
        reason="MANUAL",
        lines=items.described,
        period_start_at=at,
        period_end_at=at,
    )


def _view(upcoming: Upcoming, at: datetime, livemode: bool) -> InvoiceObject:
    """The invoice as it would be: a draft without a number, with the balance as it would be used."""
    due = billed(upcoming.lines, upcoming.customer, upcoming.currency)
    subscription = upcoming.subscription
    command = CreateInvoice(
        id=new_id(f"upcoming_{INVOICES.prefix}"),
        customer=upcoming.customer.customer.id,
        currency=upcoming.currency,
        billing_reason=upcoming.reason,
        lines=tuple(upcoming.lines),
        period_start_at=upcoming.period_start_at,
        period_end_at=upcoming.period_end_at,
        collection_method=subscription.collection_method if subscription else "CHARGE_AUTOMATICALLY",
        subscription=subscription.id if subscription else None,
        test_clock=upcoming.customer.customer.test_clock,
    )
    invoice: Any = None
    for event in INVOICES.decide(None, command, at):
        invoice = INVOICES.evolve(invoice, event, at)
    invoice = replace(
        invoice,
        starting_balance=due.starting_balance,
        ending_balance=due.ending_balance,
        amount_due=due.amount_due,
    )
    return invoice_object(invoice, livemode)


PREVIEW = Operation(
    methods=("POST",),
    path="/v1/invoices/create_preview",
    summary="Preview an invoice",
    description="The next invoice of a `subscription`, what a change of it (`subscription_details`) would cost, the "
    "first invoice of a new subscription of a `customer`, or what waits for the customer. It is computed as the real "
    "invoice is; nothing is recorded and nothing is charged.",
    perform=create_preview,
    needs="invoices:read",
    body=PreviewDraft,
    answers=InvoiceObject,
)
