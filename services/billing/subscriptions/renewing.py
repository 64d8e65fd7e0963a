"""What happens to a subscription by itself: renewals, ends of trials, notices, expiry, and the end."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import Found
from services.billing.invoice_items.lookup import pending_items
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.issuing import Fate, Plan, issue
from services.billing.invoices.lines import Line
from services.billing.payments.charging import Begin, record_for_nobody
from services.billing.payments.settling import settle
from services.billing.subscriptions.agenda import due
from services.billing.subscriptions.commands import (
    NoteRenewalUpcoming,
    NoteTrialWillEnd,
    Pause,
    Renew,
    UpdateSubscription,
)
from services.billing.subscriptions.decider import SUBSCRIPTIONS, SubscriptionNotDue
from services.billing.subscriptions.ending import FATES, Ending, ending, expiry
from services.billing.subscriptions.proration import period_lines
from services.billing.subscriptions.state import Subscription
from services.core.again import reading_again
from services.core.clock import unix
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import derived_id
from services.core.period import Billing, Period
from services.core.reader import Loaded
from services.core.resume import ATTEND_SECONDS_MAX
from services.core.step import Guard, Step
from services.gateways.gateways import Gateways


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: does the one thing that is due now, if nobody else has done it. Raises Unsettled while a
    payment is under way whose outcome decides what is to happen."""
    until = asyncio.get_running_loop().time() + ATTEND_SECONDS_MAX

    async def record() -> str | None:
        begun = await _what(engine, services, envelope, id)
        if begun is None:
            return None
        await record_for_nobody(engine, services, envelope, begun)
        return begun.payment

    try:
        payment = await reading_again(record)
    except SubscriptionNotDue:
        # Somebody was faster.
        return
    if payment is not None:
        await settle(engine, services[Gateways], envelope, payment, until=until)


async def _what(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> Begin | None:
    loaded = await engine.load(SUBSCRIPTIONS, envelope.tenant, id)
    subscription = loaded.state
    if subscription is None:
        return None
    when, at = due(subscription), await engine.now_on(envelope, subscription.test_clock)
    if when is None or when > at:
        return None
    guard = Guard(SUBSCRIPTIONS.stream(id), loaded.head)
    waiting = subscription.waiting
    if subscription.status == "INCOMPLETE" or (waiting is not None and waiting.expires_at <= when):
        return await expiry(engine, envelope, subscription, guard)
    if subscription.cancel_at is not None and subscription.cancel_at <= when:
        return await ending(engine, services, envelope, subscription, Ending(reason="cancel_at"), guard)
    if subscription.collection_resumes_at is not None and subscription.collection_resumes_at <= when:
        command = UpdateSubscription(collection_pause=None, collection_resumes_at=None)
        return Begin([Step(SUBSCRIPTIONS, id, command)], [guard])
    if subscription.period.end_at > when:
        notice = NoteTrialWillEnd() if subscription.status == "TRIALING" else NoteRenewalUpcoming()
        return Begin([Step(SUBSCRIPTIONS, id, notice)], [guard])
    if subscription.cancel_at_period_end:
        return await ending(engine, services, envelope, subscription, Ending(reason="period_end"), guard)
    customer = await _customer(engine, envelope, subscription)
    has_method = subscription.default_payment_method or customer.customer.default_payment_method
    if subscription.status == "TRIALING" and not has_method and subscription.missing_method == "CANCEL":
        return await ending(engine, services, envelope, subscription, Ending(reason="trial_without_method"), guard)
    if subscription.status == "TRIALING" and not has_method and subscription.missing_method == "PAUSE":
        return Begin([Step(SUBSCRIPTIONS, id, Pause())], [guard])
    return await _renewal(engine, services, envelope, loaded, subscription, customer)


async def _renewal(
    engine: Engine,
    services: Mapping[type, Any],
    envelope: Envelope,
    loaded: Loaded[Subscription],
    subscription: Subscription,
    customer: Found,
) -> Begin:
    period, anchor_at = next_period(subscription)
    items = await pending_items(engine, envelope, subscription.customer, subscription.currency)
    # Whoever bills this period makes an invoice with this id: there can be only one.
    invoice = derived_id(INVOICES.prefix, period.start_at, f"{subscription.id}:{unix(period.start_at)}")
    command = Renew(ended_at=subscription.period.end_at, period=period, invoice=invoice, anchor_at=anchor_at)
    step = Step(SUBSCRIPTIONS, subscription.id, command, known=loaded)
    fate: Fate = "charge" if subscription.collection_method == "CHARGE_AUTOMATICALLY" else "open"
    if subscription.collection_pause is not None:
        fate = FATES[subscription.collection_pause]
    elif subscription.status == "UNPAID":
        fate = "draft"
    plan = Plan(
        id=invoice,
        customer=customer,
        currency=subscription.currency,
        reason="SUBSCRIPTION_CYCLE",
        lines=renewal_lines(subscription, period, items.lines),
        texts={str(len(subscription.pending) + index): text for index, text in enumerate(items.texts)},
        period_start_at=period.start_at,
        period_end_at=period.end_at,
        fate=fate,
        collection_method=subscription.collection_method,
        days_until_due=subscription.days_until_due,
        subscription=subscription.id,
        named=subscription.default_payment_method,
        lead=[step, *items.invoiced(invoice)],
        guards=[Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head), *items.guards],
    )
    return await issue(engine, services, envelope, plan)


def renewal_lines(subscription: Subscription, period: Period, waiting: Sequence[Line]) -> list[Line]:
    """What the invoice for `period` bills: what waited of the subscription, the customer's items that wait, and the
    period itself."""
    return [*subscription.pending, *waiting, *period_lines(subscription.items, period)]


def next_period(subscription: Subscription) -> tuple[Period, datetime | None]:
    """The period that follows the present one, and the new anchor where a trial ends."""
    if subscription.status == "TRIALING":
        anchor_at = subscription.period.end_at
        billing = Billing(anchor_at, subscription.zone, subscription.cycle)
        return billing.period_at(anchor_at), anchor_at
    return subscription.billing.after(subscription.period), None


async def _customer(engine: Engine, envelope: Envelope, subscription: Subscription) -> Found:
    loaded = await engine.load(CUSTOMERS, envelope.tenant, subscription.customer)
    assert loaded.state is not None, "a subscription belongs to a customer"
    return Found(loaded.state, Guard(CUSTOMERS.stream(subscription.customer), loaded.head))
