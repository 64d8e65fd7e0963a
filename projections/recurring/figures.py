"""What a subscription adds to the figures of recurring revenue. Pure."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Literal

from services.billing.prices.terms import exact_amount
from services.billing.subscriptions.state import Subscription, SubscriptionStatus
from services.core.period import Interval

Metric = Literal["active", "trialing", "mrr", "mrr_trialing", "churned"]
# A metric, and into how many parts its unit is divided.
Figure = tuple[Metric, int]

# Units are used and charged for in both; one that owes is active until dunning says otherwise.
ACTIVE: frozenset[SubscriptionStatus] = frozenset({"ACTIVE", "PAST_DUE"})
# Whoever leaves from one of these had been a paying customer.
BEGUN: frozenset[SubscriptionStatus] = frozenset({"ACTIVE", "PAST_DUE", "UNPAID", "PAUSED"})
# How often a period of one interval comes round in a year.
A_YEAR: Mapping[Interval, int] = {"DAY": 365, "WEEK": 52, "MONTH": 12, "YEAR": 1}
MONTHS_A_YEAR = 12
DIGITS_MAX = 60


def figures(subscription: Subscription | None) -> dict[Figure, Decimal]:
    """What this subscription counts for now; amounts per month, in 1/(12 × interval count) of a minor unit."""
    if subscription is None:
        return {}
    if subscription.status in ACTIVE:
        return {("active", 1): Decimal(1), ("mrr", _parts(subscription)): _a_year(subscription)}
    if subscription.status == "TRIALING":
        return {("trialing", 1): Decimal(1), ("mrr_trialing", _parts(subscription)): _a_year(subscription)}
    return {}


def steps(was: Subscription | None, now: Subscription) -> dict[Figure, Decimal]:
    """What changes of the figures between two states."""
    before, after = figures(was), figures(now)
    changes = {figure: after.get(figure, Decimal(0)) - before.get(figure, Decimal(0)) for figure in before | after}
    if was is not None and was.status in BEGUN and now.status == "CANCELED":
        changes["churned", 1] = Decimal(1)
    return {figure: change for figure, change in changes.items() if change}


def _parts(subscription: Subscription) -> int:
    return MONTHS_A_YEAR * subscription.cycle.count


def _a_year(subscription: Subscription) -> Decimal:
    """What its items cost in a year of periods of one interval each: exact, as prices are decimal numbers."""
    period = sum((exact_amount(item.terms, item.quantity) for item in subscription.items), Fraction(0))
    exact = period * A_YEAR[subscription.cycle.interval]
    with localcontext(prec=DIGITS_MAX):
        return Decimal(exact.numerator) / Decimal(exact.denominator)
