"""The end of a subscription, and of a change that waited for its payment."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from services.billing.customers.lookup import customer_of
from services.billing.invoices.commands import VoidInvoice
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.issuing import Fate, Plan, issue
from services.billing.invoices.lines import Line
from services.billing.invoices.policy import end_retries, released, unused
from services.billing.payments.charging import Begin
from services.billing.subscriptions.commands import Cancel, Change, DropChange, Expire, UpdateSubscription
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.events import CollectionPause, EndReason
from services.billing.subscriptions.proration import change_lines
from services.billing.subscriptions.state import ENDED, Subscription
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.period import whole_second
from services.core.step import Guard, Step

# What becomes of invoices while collection is paused.
FATES: Mapping[CollectionPause, Fate] = {
    "KEEP_AS_DRAFT": "draft",
    "VOID": "void",
    "MARK_UNCOLLECTIBLE": "uncollectible",
}


class Dropping(Struct, frozen=True):
    """The steps that void an invoice and let the items on it wait again, the step that gives the credit back which it
    had used, and the guard by which they stand."""

    steps: list[Step]
    voided: list[Step]
    guards: list[Guard]

    @property
    def returned(self) -> int:
        """The credit that the voided invoice had used."""
        return sum(step.command.change for step in self.voided)


class Ending(Struct, frozen=True, kw_only=True):
    """How a subscription ends: whether unused time is credited, and whether what waits is billed on a last invoice.
    `change` is what the client changes with it."""

    reason: EndReason
    prorates: bool = False
    invoices: bool = True
    change: Change = UpdateSubscription()


NOTHING_DROPPED = Dropping([], [], [])


async def dropping(engine: Engine, envelope: Envelope, subscription: Subscription) -> Dropping:
    """What voids the invoice of the change that waits, if one does. Its payment may be under way: then the decider of
    invoices refuses, for its outcome decides."""
    if subscription.waiting is None:
        return NOTHING_DROPPED
    return await _voiding(engine, envelope, subscription.waiting.invoice)


async def ending(
    engine: Engine,
    services: Mapping[type, Any],
    envelope: Envelope,
    subscription: Subscription,
    how: Ending,
    guard: Guard,
) -> Begin:
    """What is to be recorded when a subscription ends: nothing more is tried to collect what is owed, and a first
    invoice that was never paid is void. What waited for the next invoice is billed on a last one, tried once."""
    id, first = subscription.id, subscription.latest_invoice
    if subscription.status == "INCOMPLETE" and first is not None:
        dropped = await _voiding(engine, envelope, first)
    else:
        dropped = await dropping(engine, envelope, subscription)
    steps = [*dropped.steps, *end_retries(subscription.owed)]
    lines = await _last_lines(engine, envelope, subscription, how)
    if not lines or subscription.status in ENDED:
        return Begin(
            [Step(SUBSCRIPTIONS, id, Cancel(how.reason, change=how.change)), *steps, *dropped.voided],
            [guard, *dropped.guards],
        )
    invoice = new_id(INVOICES.prefix)
    fate: Fate = "charge" if subscription.collection_method == "CHARGE_AUTOMATICALLY" else "open"
    at = whole_second(await engine.now_on(envelope, subscription.test_clock))
    plan = Plan(
        id=invoice,
        customer=await customer_of(engine, envelope, subscription.customer),
        currency=subscription.currency,
        reason="SUBSCRIPTION_UPDATE",
        lines=lines,
        period_start_at=subscription.period.start_at,
        period_end_at=at,
        fate=FATES[subscription.collection_pause] if subscription.collection_pause else fate,
        collection_method=subscription.collection_method,
        days_until_due=subscription.days_until_due,
        subscription=id,
        named=subscription.default_payment_method,
        dunned=False,
        lead=[Step(SUBSCRIPTIONS, id, Cancel(how.reason, invoice, how.change)), *steps],
        guards=[guard, *dropped.guards],
        returned=dropped.returned,
    )
    return await issue(engine, services, envelope, plan)


async def expiry(engine: Engine, envelope: Envelope, subscription: Subscription, guard: Guard) -> Begin:
    """What is to be recorded when nobody paid in time: for the subscription to begin, or for a change of it."""
    waiting = subscription.waiting
    command = Expire() if waiting is None else DropChange(waiting.invoice, "expired")
    invoice = subscription.latest_invoice if waiting is None else waiting.invoice
    dropped = NOTHING_DROPPED if invoice is None else await _voiding(engine, envelope, invoice)
    steps = [Step(SUBSCRIPTIONS, subscription.id, command), *dropped.steps, *dropped.voided]
    return Begin(steps, [guard, *dropped.guards])


async def _last_lines(engine: Engine, envelope: Envelope, subscription: Subscription, how: Ending) -> list[Line]:
    if not how.invoices or subscription.status == "INCOMPLETE":
        return []
    at = whole_second(await engine.now_on(envelope, subscription.test_clock))
    lines, period = list(subscription.pending), subscription.period
    # Only time that was paid for can be given back.
    if how.prorates and subscription.status == "ACTIVE" and period.start_at <= at < period.end_at:
        lines += change_lines(subscription.items, (), period, at)
    return lines


async def _voiding(engine: Engine, envelope: Envelope, id: str) -> Dropping:
    loaded = await engine.load(INVOICES, envelope.tenant, id)
    if loaded.state is None or loaded.state.status not in {"OPEN", "UNCOLLECTIBLE"}:
        return NOTHING_DROPPED
    guard = Guard(INVOICES.stream(id), loaded.head)
    steps = [Step(INVOICES, id, VoidInvoice(), known=loaded), *released(loaded.state)]
    return Dropping(steps, unused(loaded.state), [guard])
