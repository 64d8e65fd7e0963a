"""Changing a running subscription: its items with what that costs, its settings, pausing and resuming."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType

from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import Found
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.issuing import Fate, Plan, issue
from services.billing.invoices.lines import Line
from services.billing.payments.charging import Begin, nobody_waits
from services.billing.subscriptions.commands import ChangeItems, Resume, UpdateSubscription
from services.billing.subscriptions.decider import SUBSCRIPTIONS, SubscriptionMissing
from services.billing.subscriptions.drafts import (
    COLLECTIONS,
    MISSING,
    PAUSES,
    PRORATIONS,
    Proration,
    SubscriptionPatch,
    changed_items,
    one_of,
)
from services.billing.subscriptions.events import Item
from services.billing.subscriptions.proration import change_lines, period_lines
from services.billing.subscriptions.starting import method_guards
from services.billing.subscriptions.state import Subscription
from services.core.clock import from_unix
from services.core.fields import cleared
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
    at = min(whole_second(await engine.now_on(envelope, subscription.test_clock)), subscription.period.end_at)
    at = max(at, subscription.period.start_at)
    if not isinstance(patch.payment_behavior, UnsetType):
        _demand_known(patch.payment_behavior)
    changes = _changes(patch, subscription, at)
    guard = Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head)
    guards: list[Guard] = [guard]
    if isinstance(changes.default_payment_method, str):
        guards += await method_guards(engine, envelope, changes.default_payment_method, subscription.customer)
    items = await changed_items(engine, envelope, subscription.items, patch)
    if items[0].terms.currency != subscription.currency:
        raise Invalid("A subscription keeps its currency.", code="currency_mismatch", param="price")
    restarts = patch.billing_cycle_anchor == "now"
    if _same(items, subscription.items) and not restarts:
        return Begin([Step(SUBSCRIPTIONS, subscription.id, changes, known=loaded)], guards)
    mode = one_of(patch.proration_behavior, PRORATIONS, "proration_behavior")
    return await _change_items(call, loaded, subscription, items, changes, mode, restarts, at, guards)


async def _change_items(
    call: Call[SubscriptionPatch, None],
    loaded: Loaded[Subscription],
    subscription: Subscription,
    items: tuple[Item, ...],
    changes: UpdateSubscription,
    mode: Proration,
    restarts: bool,
    at: datetime,
    guards: list[Guard],
) -> Begin:
    restarts = restarts or items[0].terms.cycle != subscription.cycle
    anchor_at, period = None, None
    lines: list[Line] = []
    if subscription.status == "TRIALING":
        restarts = False
    elif restarts:
        # Another interval starts its own cycle now: what was paid for and is not used is given back.
        anchor_at = at
        period = Billing(at, subscription.zone, items[0].terms.cycle or subscription.cycle).period_at(at)
        lines = [] if mode == "NONE" else change_lines(subscription.items, (), subscription.period, at)
        lines += period_lines(items, period)
    elif mode != "NONE":
        lines = change_lines(subscription.items, items, subscription.period, at)
    now = restarts or (mode == "ALWAYS_INVOICE" and bool(lines))
    invoice = new_id(INVOICES.prefix) if now else None
    command = ChangeItems(
        items=items,
        pending=() if now else (*subscription.pending, *lines),
        anchor_at=anchor_at,
        period=period,
        invoice=invoice,
        changes=changes,
    )
    step = Step(SUBSCRIPTIONS, subscription.id, command, known=loaded)
    if invoice is None:
        return Begin([step], guards)
    covered = period or Period(subscription.period.index, at, subscription.period.end_at)
    return await _invoice_now(call, subscription, invoice, [*subscription.pending, *lines], covered, step, guards)


async def resume(call: Call[Any, None], *, unchanged: bool) -> Begin:
    """What is to be recorded to resume the subscription: a period that is paid for goes on, else one begins now."""
    loaded, subscription = await existing(call)
    at = whole_second(await call.engine.now_on(call.envelope, subscription.test_clock))
    guards = [Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head)]
    if unchanged and subscription.period.end_at > at:
        return Begin([Step(SUBSCRIPTIONS, subscription.id, Resume(), known=loaded)], guards)
    period = Billing(at, subscription.zone, subscription.cycle).period_at(at)
    invoice = new_id(INVOICES.prefix)
    command = Resume(period=period, anchor_at=at, invoice=invoice)
    lines = period_lines(subscription.items, period)
    step = Step(SUBSCRIPTIONS, subscription.id, command, known=loaded)
    if subscription.status != "PAUSED":
        # The decider says why not.
        return Begin([step], guards)
    return await _invoice_now(call, subscription, invoice, [*subscription.pending, *lines], period, step, guards)


async def existing(call: Call[Any, Any]) -> tuple[Loaded[Subscription], Subscription]:
    """The subscription that the path names. Raises SubscriptionMissing."""
    loaded = await call.engine.load(SUBSCRIPTIONS, call.envelope.tenant, call.path["id"])
    if loaded.state is None or loaded.state.withdrawn_at is not None:
        raise SubscriptionMissing(f"No such subscription: '{call.path['id']}'.", param="id")
    return loaded, loaded.state


async def _invoice_now(
    call: Call[Any, None],
    subscription: Subscription,
    invoice: str,
    lines: Sequence[Line],
    period: Period,
    step: Step,
    guards: list[Guard],
) -> Begin:
    customer = await call.engine.load(CUSTOMERS, call.envelope.tenant, subscription.customer)
    assert customer.state is not None, "a subscription belongs to a customer"
    fate: Fate = "charge" if subscription.collection_method == "CHARGE_AUTOMATICALLY" else "open"
    plan = Plan(
        id=invoice,
        customer=Found(customer.state, Guard(CUSTOMERS.stream(subscription.customer), customer.head)),
        currency=subscription.currency,
        reason="SUBSCRIPTION_UPDATE",
        lines=lines,
        period_start_at=period.start_at,
        period_end_at=period.end_at,
        fate=fate,
        collection_method=subscription.collection_method,
        days_until_due=subscription.days_until_due,
        subscription=subscription.id,
        named=subscription.default_payment_method,
        lead=[step],
        guards=guards,
        handed_over=nobody_waits(call),
    )
    return await issue(call.engine, call.services, call.envelope, plan)


def _changes(patch: SubscriptionPatch, subscription: Subscription, at: datetime) -> UpdateSubscription:
    """The settings of the patch, checked."""
    trial_end_at: datetime | UnsetType = UNSET
    if not isinstance(patch.trial_end, UnsetType):
        if subscription.status != "TRIALING":
            raise TrialIsOver(param="trial_end")
        trial_end_at = at if patch.trial_end == "now" else from_unix(patch.trial_end)
        if trial_end_at < at:
            raise Invalid("'trial_end' must lie in the future.", param="trial_end")
    cancel_at: datetime | UnsetType | None = UNSET
    if not isinstance(patch.cancel_at, UnsetType):
        cancel_at = from_unix(patch.cancel_at) if isinstance(patch.cancel_at, int) else None
        if cancel_at is not None and cancel_at <= at:
            raise Invalid("'cancel_at' must lie in the future.", param="cancel_at")
    pause, trial = patch.pause_collection, patch.trial_settings
    paused = None if isinstance(pause, UnsetType | str | None) else pause
    return UpdateSubscription(
        default_payment_method=cleared(patch.default_payment_method),
        collection_method=UNSET
        if isinstance(patch.collection_method, UnsetType)
        else one_of(patch.collection_method, COLLECTIONS, "collection_method"),
        days_until_due=patch.days_until_due,
        cancel_at_period_end=patch.cancel_at_period_end,
        cancel_at=cancel_at,
        trial_end_at=trial_end_at,
        missing_method=UNSET
        if isinstance(trial, UnsetType)
        else one_of(trial.end_behavior.missing_payment_method, MISSING, "trial_settings"),
        collection_pause=UNSET
        if isinstance(pause, UnsetType)
        else one_of(paused.behavior, PAUSES, "pause_collection[behavior]")
        if paused
        else None,
        collection_resumes_at=UNSET
        if isinstance(pause, UnsetType)
        else from_unix(paused.resumes_at)
        if paused and paused.resumes_at is not None
        else None,
        metadata=patch.metadata,
    )


def _demand_known(behavior: str) -> None:
    if behavior.upper() != "ALLOW_INCOMPLETE":
        raise Invalid(
            "An update is applied at once and then charged: 'payment_behavior' can only be ALLOW_INCOMPLETE.",
            param="payment_behavior",
        )


def _same(items: Sequence[Item], others: Sequence[Item]) -> bool:
    def terms(each: Sequence[Item]) -> dict[str, tuple[str, int]]:
        return {item.id: (item.terms.price, item.quantity) for item in each}

    return terms(items) == terms(others)
