"""Analytics of one customer and of the account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from projections.freshness import ReadSide
from projections.pages import Instant, Page
from services.billing.accounts.decider import ACCOUNTS
from services.billing.customers.decider import CUSTOMERS, CustomerMissing
from services.billing.customers.state import Customer
from services.core.clock import from_unix, unix
from services.core.fields import currency_code
from services.core.ids import event_id_text
from services.core.money import round_half_away
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

READERS = ("analytics",)
POINTS_MAX = 1_000
DAYS_DEFAULT = 30
EXPLAINED_MAX = 1_000

TOTALS = """
select currency, metric, count, amount::bigint, last_at
  from rm_analytics.totals
 where shard = $1
   and tenant = $2
   and customer = $3
 order by currency
"""
EXPLAIN = """
select event_id, amount, happened_at
  from rm_analytics.contributions
 where shard = $1
   and tenant = $2
   and customer = $3
   and currency = $4
   and metric = $5
 order by happened_at, event_id
 limit $6
"""
SERIES = """
select date_trunc($5, slot_at at time zone $6) as point, metric, sum(count)::bigint, sum(amount)::bigint
  from rm_analytics.slots
 where shard = $1
   and tenant = $2
   and currency = any ($3::text[])
   and metric = any ($4::text[])
   and slot_at >= $7
   and slot_at < $8
 group by 1, 2
"""


class CurrencyTotals(Struct, frozen=True, kw_only=True):
    """Sums in minor units of `currency`; only payments that succeeded count, with what was captured."""

    currency: str
    total_payments: int = 0
    total_volume: int = 0
    total_refunded: int = 0
    net_volume: int = 0
    average_transaction: int | None = None
    last_payment: int | None = None


class CustomerAnalytics(Struct, frozen=True, kw_only=True):
    """The totals in the customer's currency (or the one asked for), and in every other beside it."""

    object: str = "customer.analytics"
    customer: str
    currency: str | None
    total_payments: int
    total_volume: int
    average_transaction: int | None
    last_payment: int | None
    total_refunded: int
    net_volume: int
    by_currency: Sequence[CurrencyTotals]


class AnalyticsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`currency`: the one to show at the top, instead of the customer's own."""

    currency: str | None = None


ExplainedMetric = Literal["total_payments", "total_volume", "total_refunded"]


class ExplainQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which figure is to be explained."""

    metric: ExplainedMetric = "total_volume"
    currency: str


class ExplainedAmount(Struct, frozen=True, kw_only=True):
    """An event, and what it adds to the figure."""

    event: str
    amount: int
    created: int


class Explanation(Struct, frozen=True, kw_only=True):
    """The events whose amounts add up to exactly `value`."""

    object: str = "customer.analytics.explanation"
    customer: str
    metric: ExplainedMetric
    currency: str
    value: int
    has_more: bool
    data: Sequence[ExplainedAmount]


Interval = Literal["day", "week", "month"]


class SeriesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A time range in Unix seconds, `to` not included; days, weeks and months are those of the account's zone."""

    from_: Instant | None = None
    to: Instant | None = None
    interval: Interval = "day"
    currency: Annotated[str, Meta(max_length=3)] | None = None


class Point(Struct, frozen=True, kw_only=True):
    """A day, week or month, from `start` on; amounts in minor units of `currency`."""

    start: int
    date: str
    currency: str
    volume: int = 0
    net: int = 0
    refunded: int = 0
    payments: int = 0
    failures: int = 0
    refunds: int = 0
    new_customers: int = 0


async def of_customer(call: Call[None, AnalyticsQuery]) -> Reply:
    """What a customer paid, in total."""
    customer = await _customer(call)
    read, tenant = call.service(ReadSide), call.envelope.tenant
    fresh = await _fresh(call)
    by_currency = _totals(await read.pool.fetch(TOTALS, tenant.shard, tenant.number, customer.id))
    currency = currency_code(call.query.currency) if call.query.currency else customer.currency
    top = next((each for each in by_currency if each.currency == currency), CurrencyTotals(currency=currency or ""))
    view = CustomerAnalytics(
        customer=customer.id,
        currency=currency,
        total_payments=top.total_payments,
        total_volume=top.total_volume,
        average_transaction=top.average_transaction,
        last_payment=top.last_payment,
        total_refunded=top.total_refunded,
        net_volume=top.net_volume,
        by_currency=by_currency,
    )
    return Reply(ok(view), stale=not fresh)


async def explain(call: Call[None, ExplainQuery]) -> Reply:
    """The events that a figure is made of."""
    customer = await _customer(call)
    read, tenant = call.service(ReadSide), call.envelope.tenant
    currency, metric = currency_code(call.query.currency), call.query.metric
    fresh = await _fresh(call)
    counted = "refunds" if metric == "total_refunded" else "payments"
    rows = await read.pool.fetch(
        EXPLAIN, tenant.shard, tenant.number, customer.id, currency, counted, EXPLAINED_MAX + 1
    )
    data = [
        ExplainedAmount(
            event=event_id_text(row[0]), amount=1 if metric == "total_payments" else row[1], created=unix(row[2])
        )
        for row in rows[:EXPLAINED_MAX]
    ]
    view = Explanation(
        customer=customer.id,
        metric=metric,
        currency=currency,
        value=sum(each.amount for each in data),
        has_more=len(rows) > EXPLAINED_MAX,
        data=data,
    )
    return Reply(ok(view), stale=not fresh)


async def of_account(call: Call[None, SeriesQuery]) -> Reply:
    """The account's figures over time."""
    query, envelope = call.query, call.envelope
    account_tenant = await call.engine.tenants.open(envelope.account, envelope.tenant.shard)
    account = (await call.engine.load(ACCOUNTS, account_tenant, envelope.account)).state
    zone = ZoneInfo(account.timezone if account else "UTC")
    currency = currency_code(query.currency) if query.currency else account.default_currency if account else "usd"
    until = from_unix(query.to) if query.to is not None else envelope.at
    since = from_unix(query.from_) if query.from_ is not None else until - timedelta(days=DAYS_DEFAULT)
    starts = _starts(since, until, query.interval, zone)
    fresh = await _fresh(call)
    rows = await call.service(ReadSide).pool.fetch(
        SERIES,
        envelope.tenant.shard,
        envelope.tenant.number,
        [currency, ""],
        ["payments", "refunds", "failures", "customers"],
        query.interval,
        zone.key,
        starts[0].astimezone(ZoneInfo("UTC")) if starts else since,
        until,
    )
    found = {(row[0], row[1]): (row[2], row[3]) for row in rows}
    points = [_point(start, currency, found) for start in starts]
    return Reply(ok(Page(url="/v1/analytics", has_more=False, data=points)), stale=not fresh)


def _point(start: datetime, currency: str, found: dict[tuple[datetime, str], tuple[int, int]]) -> Point:
    local = start.replace(tzinfo=None)

    def of(metric: str) -> tuple[int, int]:
        return found.get((local, metric), (0, 0))

    volume, refunded = of("payments")[1], of("refunds")[1]
    return Point(
        start=unix(start),
        date=f"{start:%Y-%m-%d}",
        currency=currency,
        volume=volume,
        net=volume - refunded,
        refunded=refunded,
        payments=of("payments")[0],
        failures=of("failures")[0],
        refunds=of("refunds")[0],
        new_customers=of("customers")[0],
    )


def _starts(since: datetime, until: datetime, interval: Interval, zone: ZoneInfo) -> list[datetime]:
    """The local starts of the intervals that touch [since, until)."""
    if since >= until:
        raise Invalid("'from' must lie before 'to'.", param="from")
    start = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if interval == "week":
        start -= timedelta(days=start.weekday())
    if interval == "month":
        start = start.replace(day=1)
    starts: list[datetime] = []
    while start < until:
        starts.append(start)
        if len(starts) > POINTS_MAX:
            raise Invalid(
                f"The range has more than {POINTS_MAX} points; ask for less, or a longer interval.", param="from"
            )
        if interval == "month":
            start = (start + timedelta(days=32)).replace(day=1)
        else:
            start += timedelta(days=7 if interval == "week" else 1)
    return starts


def _totals(rows: Sequence[Any]) -> list[CurrencyTotals]:
    found: dict[str, dict[str, Any]] = {}
    for currency, metric, count, amount, last_at in rows:
        if metric == "payments":
            found.setdefault(currency, {}).update(
                total_payments=count,
                total_volume=amount,
                average_transaction=round_half_away(Fraction(amount, count)),
                last_payment=unix(last_at),
            )
        elif metric == "refunds":
            found.setdefault(currency, {})["total_refunded"] = amount
    return [
        CurrencyTotals(
            currency=currency,
            net_volume=values.get("total_volume", 0) - values.get("total_refunded", 0),
            **values,
        )
        for currency, values in found.items()
    ]


async def _customer(call: Call[Any, Any]) -> Customer:
    """Deleted ones too: what they paid stays."""
    id = call.path["id"]
    customer = (await call.engine.load(CUSTOMERS, call.envelope.tenant, id)).state
    if customer is None:
        raise CustomerMissing(f"No such customer: '{id}'.", param="id")
    return customer


async def _fresh(call: Call[Any, Any]) -> bool:
    if call.headers.get("peaswap-consistency") == "eventual":
        return True
    return await call.service(ReadSide).fresh(call.envelope.tenant, READERS)


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/customers/{id}/analytics",
        summary="Analytics of a customer",
        perform=of_customer,
        needs="analytics:read",
        query=AnalyticsQuery,
        answers=CustomerAnalytics,
    ),
    Operation(
        methods=("GET",),
        path="/v1/customers/{id}/analytics/explain",
        summary="Explain a figure of a customer's analytics",
        perform=explain,
        needs="analytics:read",
        query=ExplainQuery,
        answers=Explanation,
    ),
    Operation(
        methods=("GET",),
        path="/v1/analytics",
        summary="Analytics of the account over time",
        perform=of_account,
        needs="analytics:read",
        query=SeriesQuery,
        answers=Page[Point],
    ),
)
