"""How every boundary and amount of a subscription came about, in words: from its facts and its invoices. Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from services.billing.invoices.lines import Line
from services.billing.invoices.state import Invoice
from services.billing.prices.terms import Terms, described, parts
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.events import (
    SubscriptionCanceled,
    SubscriptionCreated,
    SubscriptionItemsChanged,
    SubscriptionRenewed,
    SubscriptionResumed,
)
from services.billing.subscriptions.state import Subscription
from services.cli.moments import shown
from services.core.event import Event, Fact, tag_of
from services.core.period import Period


class Chapter(Struct, frozen=True):
    """What happened at one instant, and how its figures came about."""

    at: str
    title: str
    lines: list[str]


class Explanation(Struct, frozen=True):
    """A subscription explained: what its boundaries are computed from, and every event."""

    subscription: str
    status: str
    cycle: list[str]
    chapters: list[Chapter]


def invoices_named(facts: Sequence[Fact]) -> list[str]:
    """The invoices that the facts name, in their order."""
    named = [getattr(fact.event, "invoice", None) for fact in facts]
    return list(dict.fromkeys(each for each in named if isinstance(each, str)))


def explained(facts: Sequence[Fact], invoices: Sequence[Invoice]) -> Explanation:
    """The whole story."""
    by_id = {invoice.id: invoice for invoice in invoices}
    state: Subscription | None = None
    told: set[str] = set()
    chapters: list[Chapter] = []
    for fact in facts:
        state = SUBSCRIPTIONS.fold([fact], state)
        assert state is not None, "a fact makes or changes it"
        lines = [*_boundary(fact.event, state), *_what(fact.event)]
        invoice = by_id.get(getattr(fact.event, "invoice", None) or "")
        if invoice is not None and invoice.id not in told:
            told.add(invoice.id)
            lines += _invoice(invoice)
        chapters.append(Chapter(shown(fact.at), tag_of(fact.event), lines))
    assert state is not None, "there is a first fact"
    return Explanation(state.id, state.status, _cycle(state), chapters)


def _cycle(subscription: Subscription) -> list[str]:
    cycle = subscription.cycle
    return [
        f"anchor   {shown(subscription.anchor_at)} = {_local(subscription.anchor_at, subscription.zone)}",
        f"cycle    {cycle.count} {cycle.interval.lower()}(s), by the calendar of {subscription.zone}",
        f"period   {shown(subscription.period.start_at)} up to {shown(subscription.period.end_at)}",
    ]


def _boundary(event: Event, after: Subscription) -> list[str]:
    """How the period that an event begins was computed."""
    match event:
        case SubscriptionCreated() | SubscriptionRenewed():
            return _period(after, event.period)
        case SubscriptionItemsChanged(period=Period() as period) | SubscriptionResumed(period=Period() as period):
            return _period(after, period)
        case _:
            return []


def _period(subscription: Subscription, period: Period) -> list[str]:
    lines = [f"period   {shown(period.start_at)} up to {shown(period.end_at)}"]
    if period.index < 0 and subscription.trial_end_at is not None:
        return [*lines, "         a trial: it is followed by the first period that is billed"]
    cycle, zone = subscription.cycle, subscription.zone
    word = cycle.interval.lower()
    for index in (period.index, period.index + 1):
        count = index * cycle.count
        lines.append(
            f"         boundary {index} = {_local(subscription.anchor_at, zone)} + {count} {word}(s) = "
            f"{_local(subscription.billing.boundary(index), zone)}"
        )
    return lines


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone}"


def _what(event: Event) -> list[str]:
    match event:
        case SubscriptionCreated(items=items) | SubscriptionItemsChanged(items=items):
            return [line for item in items for line in _price(item.terms, item.quantity)]
        case SubscriptionCanceled(reason=reason):
            return [f"reason   {reason}"]
        case _:
            return []


def _price(terms: Terms, quantity: int) -> list[str]:
    lines = [f"item     {described(terms, quantity)} [{terms.price}]"]
    for part in parts(terms, quantity):
        flat = "" if part.flat_amount == "0" else f" + {part.flat_amount}"
        lines.append(f"         {part.quantity} × {part.unit_amount}{flat} = {part.amount}")
    return lines


def _invoice(invoice: Invoice) -> list[str]:
    number = invoice.number or "no number: a draft"
    lines = [f"invoice  {invoice.id} ({number}) {invoice.billing_reason} {invoice.status}"]
    lines += [_line(line) for line in invoice.lines]
    total = " ".join(f"{line.amount:+d}" for line in invoice.lines) or "0"
    lines.append(f"  total  {total} = {invoice.total} {invoice.currency}")
    if invoice.finalized_at is not None:
        left = invoice.total + invoice.starting_balance
        lines.append(
            f"  due    {invoice.total} {invoice.starting_balance:+d} (balance) = {left}: "
            f"{invoice.amount_due} to pay, balance after it {invoice.ending_balance}"
        )
    if invoice.paid_at is not None:
        how = "outside" if invoice.out_of_band else invoice.payment or "credit alone"
        lines.append(f"  paid   {invoice.amount_paid} at {shown(invoice.paid_at)} by {how}")
    lines += [f"  tried again at {shown(at)}" for at in invoice.retries_at]
    if invoice.last_error:
        lines.append(f"  failed {invoice.last_error} ({invoice.attempts} attempts that count)")
    return lines


def _line(line: Line) -> str:
    exact = line.exact or str(line.amount)
    rounded = "" if exact.rpartition("= ")[2] == str(line.amount) else f" ≈ {line.amount}"
    return f"  line   {line.amount:>8}  {exact}{rounded}  {line.description}"
