"""What a change of items costs, and when the next invoice is due for it. Pure: the change, its preview and whoever
explains it compute the same."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from services.billing.invoices.lines import Line
from services.billing.subscriptions.drafts import Proration
from services.billing.subscriptions.events import Item
from services.billing.subscriptions.proration import change_lines, period_lines
from services.billing.subscriptions.state import Subscription
from services.core.period import Billing, Period


class Switch(Struct, frozen=True, kw_only=True):
    """Other items from `at` on. `now` says that `lines` are invoiced at once, with all that waits, for `covered`; else
    they wait for the next invoice. `anchor_at` and `period` are set where a new cycle begins."""

    items: tuple[Item, ...]
    lines: list[Line]
    now: bool
    covered: Period
    anchor_at: datetime | None = None
    period: Period | None = None


def switched(
    subscription: Subscription, items: tuple[Item, ...], mode: Proration, *, restarts: bool, at: datetime
) -> Switch:
    """The change to `items` at `at`. Another interval starts its own cycle; so does `restarts`."""
    rest = Period(subscription.period.index, at, subscription.period.end_at)
    if subscription.status == "TRIALING":
        # Nothing is paid for yet, and the trial ends when it ends.
        return Switch(items=items, lines=[], now=False, covered=rest)
    cycle = items[0].terms.cycle or subscription.cycle
    if restarts or cycle != subscription.cycle:
        period = Billing(at, subscription.zone, cycle).period_at(at)
        # What was paid for and is not used is given back.
        unused = [] if mode == "NONE" else change_lines(subscription.items, (), subscription.period, at)
        lines = [*unused, *period_lines(items, period)]
        return Switch(items=items, lines=lines, now=True, covered=period, anchor_at=at, period=period)
    lines = [] if mode == "NONE" else change_lines(subscription.items, items, subscription.period, at)
    return Switch(items=items, lines=lines, now=mode == "ALWAYS_INVOICE" and bool(lines), covered=rest)


def same_items(items: Sequence[Item], others: Sequence[Item]) -> bool:
    """Whether both are the same numbers of units of the same prices."""

    def terms(each: Sequence[Item]) -> dict[str, tuple[str, int]]:
        return {item.id: (item.terms.price, item.quantity) for item in each}

    return terms(items) == terms(others)
