"""Starting a subscription: its first period, its first invoice, and the first payment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.billing.customers.commands import FixCurrency
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import Found, existing_customer
from services.billing.customers.state import Customer
from services.billing.invoice_items.lookup import Pending, pending_items
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.issuing import Fate, Plan, billed, issue, method_to_charge
from services.billing.invoices.lines import Line
from services.billing.payment_methods.lookup import attached_method, is_test_name
from services.billing.payments.charging import Begin, nobody_waits
from services.billing.subscriptions.commands import CreateSubscription
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.drafts import (
    SubscriptionDraft,
    new_items,
)
from services.billing.subscriptions.events import Item
from services.billing.subscriptions.proration import part_lines, period_lines
from services.core.clock import from_unix
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.fields import merged_metadata, one_of
from services.core.ids import new_id
from services.core.operation import Call
from services.core.period import Billing, Period, days_later, whole_second
from services.core.refusal import Conflict, Invalid
from services.core.step import Guard, Step
from services.gateways.gateways import Gateways

BACKDATED_PERIODS_MAX = 120
DAYS_WITHOUT_SENDING = "'days_until_due' goes with 'collection_method' SEND_INVOICE."


class NoMethod(Conflict):
    """The customer has no payment method to charge, and without a payment nothing was to be made: name one with
    'default_payment_method', here or at the customer."""

    code = "payment_method_missing"


async def start(call: Call[SubscriptionDraft, None], id: str) -> Begin:
    """What is to be recorded to start the subscription `id`."""
    draft, envelope, engine = call.body, call.envelope, call.engine
    customer = await existing_customer(engine, envelope, draft.customer)
    at = whole_second(await engine.now_on(envelope, customer.customer.test_clock))
    items = await new_items(engine, envelope, draft)
    guards = await method_guards(engine, envelope, draft.default_payment_method, draft.customer)
    command, lines = creation(id, draft, customer.customer, items, at)
    items_waiting = Pending(())
    if command.invoice is not None:
        items_waiting = await pending_items(engine, envelope, draft.customer, command.currency)
    lines = [*items_waiting.lines, *lines]
    waits = billed(lines, customer, command.currency).amount_due > 0
    waits = waits and command.collection_method == "CHARGE_AUTOMATICALLY"
    command = replace(command, status="TRIALING" if command.trial_end_at else "INCOMPLETE" if waits else "ACTIVE")
    lead = Step(SUBSCRIPTIONS, id, command, fresh=True, clock=command.test_clock)
    if command.invoice is None:
        fixes = [] if customer.customer.currency else [Step(CUSTOMERS, draft.customer, FixCurrency(command.currency))]
        return Begin([lead, *fixes], [customer.guard, *guards])
    fate: Fate = "open"
    if waits and command.payment_behavior != "DEFAULT_INCOMPLETE":
        fate = "charge"
        required = command.payment_behavior == "ERROR_IF_INCOMPLETE"
        await demand_method(call, customer, command.default_payment_method, required=required)
    plan = Plan(
        id=command.invoice,
        customer=customer,
        currency=command.currency,
        reason="SUBSCRIPTION_CREATE",
        lines=lines,
        period_start_at=command.period.start_at,
        period_end_at=command.period.end_at,
        fate=fate,
        collection_method=command.collection_method,
        days_until_due=command.days_until_due,
        subscription=id,
        named=command.default_payment_method,
        # Until it is paid once the subscription has not begun: there is nobody to remind.
        dunned=False,
        texts=items_waiting.texts_from(0),
        lead=[lead, *items_waiting.invoiced(command.invoice)],
        guards=[*guards, *items_waiting.guards],
        handed_over=nobody_waits(call),
    )
    return await issue(engine, call.services, envelope, plan)


def creation(
    id: str, draft: SubscriptionDraft, customer: Customer, items: tuple[Item, ...], at: datetime
) -> tuple[CreateSubscription, list[Line]]:
    """The draft, checked, and the lines of its first invoice."""
    behavior, collection = draft.payment_behavior, draft.collection_method
    missing = draft.trial_settings.end_behavior.missing_payment_method if draft.trial_settings else "CREATE_INVOICE"
    if behavior == "PENDING_IF_INCOMPLETE":
        raise Invalid("PENDING_IF_INCOMPLETE is for updates only.", param="payment_behavior")
    if (collection == "SEND_INVOICE") != (draft.days_until_due is not None):
        raise Invalid(DAYS_WITHOUT_SENDING, param="days_until_due")
    if draft.cancel_at is not None and draft.cancel_at_period_end:
        raise one_of("cancel_at", "cancel_at_period_end", both=True)
    trial_end_at = _trial_end(draft, at, customer.timezone)
    anchor_at, period, lines = _first_period(draft, items, at, customer.timezone, trial_end_at)
    command = CreateSubscription(
        id=id,
        customer=customer.id,
        currency=items[0].terms.currency,
        zone=customer.timezone,
        items=items,
        status="INCOMPLETE",
        start_at=_start(draft, at),
        anchor_at=anchor_at,
        period=period,
        payment_behavior=behavior,
        collection_method=collection,
        days_until_due=draft.days_until_due,
        trial_end_at=trial_end_at,
        missing_method=missing,
        default_payment_method=draft.default_payment_method or None,
        cancel_at_period_end=draft.cancel_at_period_end,
        cancel_at=_future(draft.cancel_at, at, "cancel_at"),
        invoice=None if trial_end_at is not None else new_id(INVOICES.prefix),
        metadata=merged_metadata({}, draft.metadata),
        test_clock=customer.test_clock,
    )
    return command, lines


async def method_guards(engine: Engine, envelope: Envelope, method: str | None, customer: str) -> Sequence[Guard]:
    """The guards by which a subscription's own method stands. Raises Invalid when it is not the customer's."""
    if not method or is_test_name(method, livemode=envelope.livemode):
        return ()
    return [(await attached_method(engine, envelope, method, customer, param="default_payment_method")).guard]


async def demand_method(call: Call[Any, None], customer: Found, named: str | None, *, required: bool) -> None:
    """Raises NoMethod when a payment is required and there is nothing to charge."""
    chosen = await method_to_charge(call.engine, call.service(Gateways), call.envelope, customer, named)
    if required and chosen.method is None:
        raise NoMethod(param="default_payment_method")


def _first_period(
    draft: SubscriptionDraft, items: tuple[Item, ...], at: datetime, zone: str, trial_end_at: datetime | None
) -> tuple[datetime, Period, list[Line]]:
    """The anchor, the first period, and what it costs."""
    if trial_end_at is not None:
        if draft.billing_cycle_anchor is not None or draft.backdate_start_date is not None:
            raise Invalid("A trial sets the anchor; leave 'billing_cycle_anchor' and 'backdate_start_date' out.")
        return trial_end_at, Period(-1, at, trial_end_at), []
    prorates = draft.proration_behavior != "NONE"
    start_at = _start(draft, at)
    anchor_at = from_unix(draft.billing_cycle_anchor) if draft.billing_cycle_anchor is not None else start_at
    cycle = items[0].terms.cycle
    assert cycle is not None, "a subscription has recurring prices"
    billing = Billing(anchor_at, zone, cycle)
    if anchor_at < start_at or anchor_at > Billing(start_at, zone, cycle).boundary(1):
        raise Invalid(
            "'billing_cycle_anchor' lies in the future, not beyond the first period.", param="billing_cycle_anchor"
        )
    now = billing.period_at(at)
    if draft.backdate_start_date is None:
        if anchor_at == at:
            return anchor_at, now, period_lines(items, now)
        return anchor_at, Period(now.index, at, now.end_at), part_lines(items, at, now) if prorates else []
    lines: list[Line] = []
    past = billing.period_at(start_at)
    first = Period(past.index, start_at, past.end_at)
    while past.start_at < now.start_at:
        if now.index - past.index > BACKDATED_PERIODS_MAX:
            raise Invalid(f"At most {BACKDATED_PERIODS_MAX} periods can be backdated.", param="backdate_start_date")
        if prorates:
            lines += part_lines(items, max(past.start_at, start_at), past)
        past = billing.after(past)
    lines += period_lines(items, now) if now.start_at >= start_at else part_lines(items, start_at, now)
    return anchor_at, now if now.start_at >= start_at else first, lines


def _start(draft: SubscriptionDraft, at: datetime) -> datetime:
    if draft.backdate_start_date is None:
        return at
    start_at = from_unix(draft.backdate_start_date)
    if start_at > at:
        raise Invalid("'backdate_start_date' lies in the past.", param="backdate_start_date")
    return start_at


def _trial_end(draft: SubscriptionDraft, at: datetime, zone: str) -> datetime | None:
    if draft.trial_period_days is not None and draft.trial_end is not None:
        raise one_of("trial_end", "trial_period_days", both=True)
    if draft.trial_period_days:
        return days_later(at, draft.trial_period_days, zone)
    return None if draft.trial_end == "now" else _future(draft.trial_end, at, "trial_end")


def _future(seconds: int | None, at: datetime, param: str) -> datetime | None:
    if seconds is None:
        return None
    moment = from_unix(seconds)
    if moment <= at:
        raise Invalid(f"'{param}' must lie in the future.", param=param)
    return moment
