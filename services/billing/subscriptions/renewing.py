"""What happens to a subscription by itself: renewals, ends of trials, notices, expiry, and the end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from services.billing.customers.lookup import Found, customer_of
from services.billing.invoice_items.lookup import Pending, pending_items
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.issuing import Fate, Plan, issue
from services.billing.invoices.lines import Line
from services.billing.payments.charging import Begin, begin_for_nobody, nobody_waits
from services.billing.subscriptions.agenda import due
from services.billing.subscriptions.commands import (
    Change,
    NoteRenewalUpcoming,
    NoteTrialWillEnd,
    Pause,
    Renew,
    UpdateSubscription,
)
from services.billing.subscriptions.decider import SUBSCRIPTIONS, SubscriptionNotDue
from services.billing.subscriptions.ending import FATES, Ending, ending, expiry
from services.billing.subscriptions.events import MissingMethod
from services.billing.subscriptions.proration import period_lines
from services.billing.subscriptions.state import Subscription
from services.core.clock import unix
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import derived_id
from services.core.operation import Call
from services.core.period import Billing, Period
from services.core.reader import Loaded
from services.core.step import Guard, Step

# While collection is paused so that nothing is owed for a period, what else the customer owes waits.
FORGIVEN = frozenset({"VOID", "MARK_UNCOLLECTIBLE"})


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: does the one thing that is due now, if nobody else has done it. Raises Unsettled while a
    payment is under way whose outcome decides what is to happen."""
    await begin_for_nobody(
        engine, services, envelope, lambda: _what(engine, services, envelope, id), SubscriptionNotDue
    )


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
    customer = await customer_of(engine, envelope, subscription.customer)
    match _without_method(subscription, customer):
        case "CANCEL":
            return await ending(engine, services, envelope, subscription, Ending(reason="trial_without_method"), guard)
        case "PAUSE":
            return Begin([Step(SUBSCRIPTIONS, id, Pause())], [guard])
        case _:
            return await _renewal(engine, services, envelope, Renewal(loaded, subscription, customer))


async def end_trial(call: Call[Any, None], loaded: Loaded[Subscription], change: Change, at: datetime) -> Begin:
    """What is to be recorded to end the trial now, with `change`: what a worker would do at its end."""
    engine, envelope = call.engine, call.envelope
    assert loaded.state is not None, "there is a trial to end"
    subscription = loaded.state
    for event in SUBSCRIPTIONS.decide(subscription, change, at):
        subscription = SUBSCRIPTIONS.evolve(subscription, event, at)
    customer = await customer_of(engine, envelope, subscription.customer)
    guard, missing = Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head), _without_method(subscription, customer)
    if missing == "PAUSE" and not subscription.cancel_at_period_end:
        return Begin([Step(SUBSCRIPTIONS, subscription.id, Pause(change), known=loaded)], [guard])
    if subscription.cancel_at_period_end or missing is not None:
        reason = "period_end" if subscription.cancel_at_period_end else "trial_without_method"
        how = Ending(reason=reason, change=change)
        return await ending(engine, call.services, envelope, subscription, how, guard)
    renewal = Renewal(loaded, subscription, customer, change, nobody_waits(call))
    return await _renewal(engine, call.services, envelope, renewal)


class Renewal(Struct, frozen=True):
    """A period that ends; `subscription` is as it will be with `change`, which the client makes at the same time."""

    loaded: Loaded[Subscription]
    subscription: Subscription
    customer: Found
    change: Change = UpdateSubscription()
    handed_over: bool = False


def _without_method(subscription: Subscription, customer: Found) -> MissingMethod | None:
    """What else is to happen where a trial ends and there is nothing to charge."""
    has_method = subscription.default_payment_method or customer.customer.default_payment_method
    ends = subscription.status == "TRIALING" and not has_method
    return subscription.missing_method if ends and subscription.missing_method != "CREATE_INVOICE" else None


async def _renewal(engine: Engine, services: Mapping[type, Any], envelope: Envelope, renewal: Renewal) -> Begin:
    loaded, subscription = renewal.loaded, renewal.subscription
    period, anchor_at = next_period(subscription)
    items = await items_to_renew(engine, envelope, subscription)
    # Whoever bills this period makes an invoice with this id: there can be only one.
    invoice = derived_id(INVOICES.prefix, period.start_at, f"{subscription.id}:{unix(period.start_at)}")
    command = Renew(
        ended_at=subscription.period.end_at, period=period, invoice=invoice, anchor_at=anchor_at, change=renewal.change
    )
    step = Step(SUBSCRIPTIONS, subscription.id, command, known=loaded)
    fate: Fate = "charge" if subscription.collection_method == "CHARGE_AUTOMATICALLY" else "open"
    if subscription.collection_pause is not None:
        fate = FATES[subscription.collection_pause]
    elif subscription.status == "UNPAID":
        fate = "draft"
    plan = Plan(
        id=invoice,
        customer=renewal.customer,
        currency=subscription.currency,
        reason="SUBSCRIPTION_CYCLE",
        lines=renewal_lines(subscription, period, items.lines),
        texts=items.texts_from(len(subscription.pending)),
        period_start_at=period.start_at,
        period_end_at=period.end_at,
        fate=fate,
        collection_method=subscription.collection_method,
        days_until_due=subscription.days_until_due,
        subscription=subscription.id,
        named=subscription.default_payment_method,
        lead=[step, *items.invoiced(invoice)],
        guards=[Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head), *items.guards],
        handed_over=renewal.handed_over,
    )
    return await issue(engine, services, envelope, plan)


async def items_to_renew(engine: Engine, envelope: Envelope, subscription: Subscription) -> Pending:
    """The customer's items that the next period's invoice takes: none where that is forgiven."""
    if subscription.collection_pause in FORGIVEN:
        return Pending(())
    return await pending_items(engine, envelope, subscription.customer, subscription.currency)


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
