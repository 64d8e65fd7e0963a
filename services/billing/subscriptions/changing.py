"""Changing a running subscription: its items with what that costs, its settings, pausing and resuming."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from services.billing.customers.lookup import Found, customer_of
from services.billing.invoice_items.lookup import Pending, pending_items
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.events import CollectionMethod
from services.billing.invoices.issuing import Plan, billed, issue
from services.billing.invoices.lines import Line
from services.billing.payments.charging import Begin, nobody_waits
from services.billing.subscriptions.agenda import INCOMPLETE_FOR
from services.billing.subscriptions.commands import AwaitPayment, ChangeItems, Resume, UpdateSubscription
from services.billing.subscriptions.decider import SUBSCRIPTIONS, SubscriptionMissing
from services.billing.subscriptions.drafts import (
    SubscriptionPatch,
    changed_items,
)
from services.billing.subscriptions.ending import dropping
from services.billing.subscriptions.events import Item, PaymentBehavior
from services.billing.subscriptions.renewing import end_trial, renewal_lines
from services.billing.subscriptions.starting import DAYS_WITHOUT_SENDING, demand_method, method_guards
from services.billing.subscriptions.state import Subscription
from services.billing.subscriptions.switching import Switch, same_items, switched
from services.core.clock import from_unix
from services.core.fields import cleared, one_of
from services.core.ids import new_id
from services.core.operation import Call
from services.core.period import Billing, Period, whole_second
from services.core.reader import Loaded
from services.core.refusal import Conflict, Invalid
from services.core.step import Guard, Step


class TrialIsOver(Conflict):
    """Only a subscription that is TRIALING has a trial whose end can be moved."""

    code = "subscription_unexpected_state"


async def change(call: Call[SubscriptionPatch, None]) -> Begin:
    """What is to be recorded to change the subscription."""
    patch, engine, envelope = call.body, call.engine, call.envelope
    loaded, subscription = await existing(call)
    at = moment_in(subscription, await engine.now_on(envelope, subscription.test_clock))
    changes = _changes(patch, subscription, at)
    guards: list[Guard] = [Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head)]
    if isinstance(changes.default_payment_method, str):
        guards += await method_guards(engine, envelope, changes.default_payment_method, subscription.customer)
    items = await changed_items(engine, envelope, subscription.items, patch)
    demand_currency(subscription, items)
    behavior = behavior_of(patch)
    if behavior == "PENDING_IF_INCOMPLETE" and changes != UpdateSubscription():
        raise Invalid(
            "With PENDING_IF_INCOMPLETE only 'price', 'quantity', 'items' and 'billing_cycle_anchor' can change.",
            param="payment_behavior",
        )
    unchanged = same_items(items, subscription.items)
    if patch.trial_end == "now":
        # A trial costs nothing, so that there is nothing to prorate; how it is paid is as with any renewal.
        if behavior != "ALLOW_INCOMPLETE":
            raise Invalid(
                "A trial that ends now is charged as a renewal is: when that fails, the subscription is PAST_DUE. With "
                "'trial_end=now' leave 'payment_behavior' out, or give ALLOW_INCOMPLETE.",
                param="payment_behavior",
            )
        with_items = ChangeItems(items=items, pending=subscription.pending, changes=changes)
        ended = await end_trial(call, loaded, changes if unchanged else with_items, at)
        return Begin(ended.steps, [*guards, *ended.guards], ended.payment, ended.numbered)
    # Sent twice, the second finds the cycle that the first began.
    begun = {subscription.anchor_at, subscription.waiting.anchor_at if subscription.waiting else None}
    restarts = patch.billing_cycle_anchor == "now" and at not in begun
    if (unchanged and not restarts) or _waits_already(subscription, items, restarts=restarts):
        return Begin([Step(SUBSCRIPTIONS, subscription.id, changes, known=loaded)], guards)
    mode = patch.proration_behavior
    switch = switched(subscription, items, mode, restarts=restarts, at=at)
    return await _switch(call, Switching(loaded, subscription, switch, changes, behavior, at), guards)


class Switching(Struct, frozen=True):
    """A change of items that is to be recorded."""

    loaded: Loaded[Subscription]
    before: Subscription
    switch: Switch
    changes: UpdateSubscription
    behavior: PaymentBehavior
    at: datetime


async def _switch(call: Call[SubscriptionPatch, None], to: Switching, guards: list[Guard]) -> Begin:
    subscription, switch = to.before, to.switch
    dropped = await dropping(call.engine, call.envelope, subscription)
    guards += dropped.guards
    if not switch.now:
        pending = (*subscription.pending, *switch.lines)
        command = ChangeItems(items=switch.items, pending=pending, changes=to.changes)
        lead = Step(SUBSCRIPTIONS, subscription.id, command, known=to.loaded)
        return Begin([lead, *dropped.steps, *dropped.voided], guards)
    customer = await customer_of(call.engine, call.envelope, subscription.customer)
    invoice = new_id(INVOICES.prefix)
    items = await pending_items(call.engine, call.envelope, subscription.customer, subscription.currency)
    lines = [*subscription.pending, *items.lines, *switch.lines]
    automatic = _collects(subscription, to.changes) == "CHARGE_AUTOMATICALLY"
    pays = automatic and billed(lines, customer, subscription.currency, dropped.returned).amount_due > 0
    required = to.behavior == "ERROR_IF_INCOMPLETE"
    if pays and required:
        await demand_method(call, customer, _method(subscription, to.changes), required=True)
    opens = pays and to.behavior == "DEFAULT_INCOMPLETE"
    command = ChangeItems(
        items=switch.items,
        pending=(),
        anchor_at=switch.anchor_at,
        period=switch.period,
        invoice=invoice,
        owes=opens,
        changes=to.changes,
    )
    waits = pays and (required or to.behavior == "PENDING_IF_INCOMPLETE")
    lead = Step(SUBSCRIPTIONS, subscription.id, _awaiting(to, command) if waits else command, known=to.loaded)
    plan = _plan(call, subscription, customer, invoice, lines, switch.covered, [lead, *dropped.steps], guards)
    plan = replace(
        _with(plan, subscription, items),
        fate="open" if opens or not automatic else "charge",
        named=_method(subscription, to.changes),
        dunned=not (opens or waits),
        returned=dropped.returned,
    )
    return await issue(call.engine, call.services, call.envelope, plan)


async def resume(call: Call[Any, None], *, unchanged: bool) -> Begin:
    """What is to be recorded to resume the subscription: a period that is paid for goes on, else one begins now."""
    loaded, subscription = await existing(call)
    at = whole_second(await call.engine.now_on(call.envelope, subscription.test_clock))
    guards = [Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head)]
    if subscription.status != "PAUSED" or (unchanged and subscription.period.end_at > at):
        # Of one that is not paused the decider says why not.
        return Begin([Step(SUBSCRIPTIONS, subscription.id, Resume(), known=loaded)], guards)
    period = Billing(at, subscription.zone, subscription.cycle).period_at(at)
    invoice = new_id(INVOICES.prefix)
    step = Step(SUBSCRIPTIONS, subscription.id, Resume(period=period, anchor_at=at, invoice=invoice), known=loaded)
    items = await pending_items(call.engine, call.envelope, subscription.customer, subscription.currency)
    lines = renewal_lines(subscription, period, items.lines)
    customer = await customer_of(call.engine, call.envelope, subscription.customer)
    plan = _plan(call, subscription, customer, invoice, lines, period, [step], guards)
    return await issue(call.engine, call.services, call.envelope, _with(plan, subscription, items))


async def existing(call: Call[Any, Any]) -> tuple[Loaded[Subscription], Subscription]:
    """The subscription that the path names. Raises SubscriptionMissing."""
    loaded = await call.engine.load(SUBSCRIPTIONS, call.envelope.tenant, call.path["id"])
    if loaded.state is None or loaded.state.withdrawn_at is not None:
        raise SubscriptionMissing(f"No such subscription: '{call.path['id']}'.", param="id")
    return loaded, loaded.state


def moment_in(subscription: Subscription, now: datetime) -> datetime:
    """The instant at which a change is made: within the period, to the second."""
    at = min(whole_second(now), subscription.period.end_at)
    return max(at, subscription.period.start_at)


def demand_currency(subscription: Subscription, items: Sequence[Item]) -> None:
    """Raises Invalid where items of another currency come in."""
    if items[0].terms.currency != subscription.currency:
        raise Invalid("A subscription keeps its currency.", code="currency_mismatch", param="price")


def behavior_of(patch: SubscriptionPatch) -> PaymentBehavior:
    """How the change is paid: it is made at once and then charged, unless said otherwise."""
    if isinstance(patch.payment_behavior, UnsetType):
        return "ALLOW_INCOMPLETE"
    return patch.payment_behavior


def _awaiting(to: Switching, change: ChangeItems) -> AwaitPayment:
    assert change.invoice is not None
    # Beyond the period that it was computed for a change would mean something else.
    expires_at = min(to.at + INCOMPLETE_FOR, to.before.period.end_at)
    required = to.behavior == "ERROR_IF_INCOMPLETE"
    return AwaitPayment(change=change, invoice=change.invoice, expires_at=expires_at, required=required)


def _waits_already(subscription: Subscription, items: Sequence[Item], *, restarts: bool) -> bool:
    waiting = subscription.waiting
    return waiting is not None and not restarts and same_items(items, waiting.items)


def _collects(subscription: Subscription, changes: UpdateSubscription) -> CollectionMethod:
    changed = changes.collection_method
    return subscription.collection_method if isinstance(changed, UnsetType) else changed


def _method(subscription: Subscription, changes: UpdateSubscription) -> str | None:
    changed = changes.default_payment_method
    return subscription.default_payment_method if isinstance(changed, UnsetType) else changed


def _plan(
    call: Call[Any, None],
    subscription: Subscription,
    customer: Found,
    invoice: str,
    lines: Sequence[Line],
    covered: Period,
    lead: Sequence[Step],
    guards: Sequence[Guard],
) -> Plan:
    """The invoice that is made at once for a change."""
    return Plan(
        id=invoice,
        customer=customer,
        currency=subscription.currency,
        reason="SUBSCRIPTION_UPDATE",
        lines=lines,
        period_start_at=covered.start_at,
        period_end_at=covered.end_at,
        fate="charge" if subscription.collection_method == "CHARGE_AUTOMATICALLY" else "open",
        collection_method=subscription.collection_method,
        days_until_due=subscription.days_until_due,
        subscription=subscription.id,
        named=subscription.default_payment_method,
        lead=lead,
        guards=guards,
        handed_over=nobody_waits(call),
    )


def _with(plan: Plan, subscription: Subscription, items: Pending) -> Plan:
    """The invoice takes up the customer's items that wait, after what waits of the subscription."""
    return replace(
        plan,
        texts=items.texts_from(len(subscription.pending)),
        lead=[*plan.lead, *items.invoiced(plan.id)],
        guards=[*plan.guards, *items.guards],
    )


def _changes(patch: SubscriptionPatch, subscription: Subscription, at: datetime) -> UpdateSubscription:
    """The settings of the patch, checked."""
    trial_end_at: datetime | UnsetType = UNSET
    if not isinstance(patch.trial_end, UnsetType):
        if subscription.status != "TRIALING":
            raise TrialIsOver(param="trial_end")
        trial_end_at = at if patch.trial_end == "now" else from_unix(patch.trial_end)
        if trial_end_at < at:
            raise Invalid("'trial_end' must lie in the future.", param="trial_end")
    at_period_end = patch.cancel_at_period_end
    # There is one end: who names another takes the former one back.
    cancel_at: datetime | UnsetType | None = None if at_period_end is True else UNSET
    if not isinstance(patch.cancel_at, UnsetType):
        cancel_at = from_unix(patch.cancel_at) if isinstance(patch.cancel_at, int) else None
        if cancel_at is not None and cancel_at <= at:
            raise Invalid("'cancel_at' must lie in the future.", param="cancel_at")
        if cancel_at is not None and at_period_end is True:
            raise one_of("cancel_at", "cancel_at_period_end", both=True)
        at_period_end = at_period_end is True
    pause, trial = patch.pause_collection, patch.trial_settings
    paused = None if isinstance(pause, UnsetType | str | None) else pause
    return UpdateSubscription(
        default_payment_method=cleared(patch.default_payment_method),
        collection_method=patch.collection_method,
        days_until_due=_days_until_due(patch, subscription),
        cancel_at_period_end=at_period_end,
        cancel_at=cancel_at,
        trial_end_at=trial_end_at,
        missing_method=UNSET if isinstance(trial, UnsetType) else trial.end_behavior.missing_payment_method,
        collection_pause=UNSET if isinstance(pause, UnsetType) else paused.behavior if paused else None,
        collection_resumes_at=UNSET
        if isinstance(pause, UnsetType)
        else from_unix(paused.resumes_at)
        if paused and paused.resumes_at is not None
        else None,
        metadata=patch.metadata,
    )


def _days_until_due(patch: SubscriptionPatch, subscription: Subscription) -> int | UnsetType | None:
    """They go with SEND_INVOICE, and leave with it."""
    method, days = patch.collection_method, patch.days_until_due
    if isinstance(method, UnsetType) and isinstance(days, UnsetType):
        return UNSET
    if method == "CHARGE_AUTOMATICALLY" and isinstance(days, UnsetType):
        return None
    sends = (subscription.collection_method if isinstance(method, UnsetType) else method) == "SEND_INVOICE"
    if sends != ((subscription.days_until_due if isinstance(days, UnsetType) else days) is not None):
        raise Invalid(DAYS_WITHOUT_SENDING, param="days_until_due")
    return days
