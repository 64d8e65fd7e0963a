"""Analytics of the account over time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from projections.freshness import ReadSide, is_fresh
from projections.pages import Instant, Page
from projections.recurring.figures import Metric
from projections.recurring.queries import recurring
from services.billing.accounts.decider import ACCOUNTS
from services.core.clock import from_unix, unix
from services.core.fields import currency_code
from services.core.money import round_half_away
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

READERS = ("analytics",)
READERS_OVER_TIME = (*READERS, "recurring")
POINTS_MAX = 1_000
DAYS_DEFAULT = 30

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


Interval = Literal["day", "week", "month"]


class SeriesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A time range in Unix seconds, `to` not included; days, weeks and months are those of the account's zone."""

    from_: Instant | None = None
    to: Instant | None = None
    interval: Interval = "day"
    currency: Annotated[str, Meta(max_length=3)] | None = None


class Point(Struct, frozen=True, kw_only=True):
    """A day, week or month, from `start` on; amounts in minor units of `currency`.

    Subscriptions and `mrr` are as of its end, or of now: `mrr` is what active subscriptions (past due ones too) bring a
    month, `mrr_trialing` what those on trial will; a year is 12 months, a week 12/52 of one, a day 12/365. `churned`
    counts those that ended after they had begun to be paid for.
    """

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
    active_subscriptions: int = 0
    trialing_subscriptions: int = 0
    mrr: int = 0
    mrr_trialing: int = 0
    churned: int = 0


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
    fresh = await is_fresh(call, READERS_OVER_TIME)
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
    levels = await recurring(
        call.service(ReadSide).pool,
        envelope.tenant,
        currency,
        interval=query.interval,
        zone=zone.key,
        starts=starts,
        until=until,
    )
    points = [_point(start, currency, found, level) for start, level in zip(starts, levels, strict=True)]
    return Reply(ok(Page(url="/v1/analytics", has_more=False, data=points)), stale=not fresh)


def _point(
    start: datetime,
    currency: str,
    found: Mapping[tuple[datetime, str], tuple[int, int]],
    level: Mapping[Metric, Fraction],
) -> Point:
    local = start.replace(tzinfo=None)

    def of(metric: str) -> tuple[int, int]:
        return found.get((local, metric), (0, 0))

    def now(metric: Metric) -> int:
        return round_half_away(level.get(metric, Fraction(0)))

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
        active_subscriptions=now("active"),
        trialing_subscriptions=now("trialing"),
        mrr=now("mrr"),
        mrr_trialing=now("mrr_trialing"),
        churned=now("churned"),
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


SERIES_OPERATION = Operation(
    methods=("GET",),
    path="/v1/analytics",
    summary="Analytics of the account over time",
    perform=of_account,
    needs="analytics:read",
    query=SeriesQuery,
    answers=Page[Point],
)
