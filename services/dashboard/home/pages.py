"""Home: today, what needs attention, and how business goes, over a range and in a currency that people choose."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from services.api.endpoint import Sent
from services.core.money import is_currency
from services.dashboard.charts import Chart, Kind, Series, chart
from services.dashboard.formatting import compact, money, number, short_day, short_money
from services.dashboard.home.attention import attention_of
from services.dashboard.page import Page, Visit

DAY = 86_400
LATEST = "8"
LOOKED_AT_FOR_CURRENCIES = "100"

Point = Mapping[str, Any]


class Range(Struct, frozen=True, kw_only=True):
    """How far back the charts go, and in which steps."""

    label: str
    days: int
    interval: str


RANGES: Mapping[str, Range] = {
    "7d": Range(label="7 days", days=7, interval="day"),
    "30d": Range(label="30 days", days=30, interval="day"),
    "90d": Range(label="90 days", days=90, interval="week"),
    "12m": Range(label="12 months", days=365, interval="month"),
}
DEFAULT_RANGE = "30d"


async def home(visit: Visit) -> Sent:
    """The first page."""
    chosen = visit.text("range", DEFAULT_RANGE)
    chosen = chosen if chosen in RANGES else DEFAULT_RANGE
    currency = visit.text("currency").lower() or visit.account.default_currency
    currency = currency if is_currency(currency) else visit.account.default_currency
    span = RANGES[chosen]
    points, days, latest, attention, on_clocks = await asyncio.gather(
        _points(visit, span.days, span.interval, currency),
        _points(visit, 1, "day", currency),
        visit.ask("GET", "/v1/payments", {"limit": LATEST, "expand": ["data.customer"]}),
        attention_of(visit),
        _on_clocks(visit),
    )
    return visit.render(
        "home/home.html",
        ranges=[(name, each.label) for name, each in RANGES.items()],
        chosen=chosen,
        currency=currency,
        currencies=await _currencies(visit, currency),
        charts=charts_of(points, currency, monthly=span.interval == "month"),
        today=days[-1],
        yesterday=days[-2] if len(days) > 1 else None,
        latest=latest["data"],
        attention=attention,
        on_clocks=on_clocks,
    )


async def _on_clocks(visit: Visit) -> bool:
    """Whether some of what is shown may have happened at the time of a test clock."""
    if visit.livemode or not visit.may("test_clocks:read"):
        return False
    return bool((await visit.ask("GET", "/v1/test_helpers/test_clocks", {"limit": "1"}))["data"])


async def _points(visit: Visit, days: int, interval: str, currency: str) -> Sequence[Point]:
    wanted = {"from": str(visit.now - days * DAY), "to": str(visit.now + 1), "interval": interval, "currency": currency}
    return (await visit.ask("GET", "/v1/analytics", wanted))["data"]


async def _currencies(visit: Visit, chosen: str) -> Sequence[tuple[str, str]]:
    """Those of the latest payments, the account's and the one that is shown."""
    found = await visit.ask("GET", "/v1/payments", {"limit": LOOKED_AT_FOR_CURRENCIES})
    seen = {chosen, visit.account.default_currency, *(each["currency"] for each in found["data"])}
    return [(each, each.upper()) for each in sorted(seen)]


def charts_of(points: Sequence[Point], currency: str, *, monthly: bool) -> Sequence[Chart]:
    """The charts of these points."""
    labels = [_label(each["date"], monthly=monthly) for each in points]

    def series(name: str, field: str, ink: str = "one") -> Series:
        return Series(name=name, values=[each[field] for each in points], ink=ink)

    def amounts(title: str, *of: Series, total: int) -> Chart:
        return chart(
            title,
            labels,
            of,
            kind="line",
            show=lambda value: money(value, currency),
            axis=lambda value: short_money(value, currency),
            total=money(total, currency),
        )

    def counts(title: str, kind: Kind, *of: Series) -> Chart:
        total = sum(of[0].values) if kind == "bar" else of[0].values[-1]
        return chart(title, labels, of, kind=kind, show=number, axis=compact, total=number(total))

    volume, mrr = series("Volume", "volume"), series("Active", "mrr")
    return [
        amounts("Volume", volume, series("Net of refunds", "net", "two"), total=sum(volume.values)),
        amounts("Monthly recurring revenue", mrr, series("On trial", "mrr_trialing", "two"), total=mrr.values[-1]),
        counts("Payments", "bar", series("Succeeded", "payments"), series("Failed", "failures", "three")),
        counts("New customers", "bar", series("New customers", "new_customers")),
        counts(
            "Active subscriptions",
            "line",
            series("Active", "active_subscriptions"),
            series("On trial", "trialing_subscriptions", "two"),
        ),
        counts("Churned subscriptions", "bar", series("Churned", "churned", "three")),
    ]


def _label(day: str, *, monthly: bool) -> str:
    on = date.fromisoformat(day)
    return f"{on:%b} {on.year}" if monthly else short_day(on)


PAGES = (Page(path="", get=home, needs="analytics:read"),)
