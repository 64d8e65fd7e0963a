"""Analytics of one customer, and the events behind each figure."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from eventstore.pool import FairPool
from eventstore.tenants import Tenant
from projections.analytics.series import READERS, SERIES_OPERATION
from projections.freshness import ReadSide, is_fresh
from services.billing.customers.decider import CUSTOMERS, CustomerMissing
from services.billing.customers.state import Customer
from services.core.clock import unix
from services.core.fields import currency_code
from services.core.ids import event_id_text, parse_event_id
from services.core.money import round_half_away
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

EXPLAINED_MAX = 1_000

TOTALS = """
select customer, currency, metric, count, amount::bigint, last_at
  from rm_analytics.totals
 where shard = $1
   and tenant = $2
   and customer = any ($3)
 order by customer, currency
"""
EXPLAIN = """
select event_id, amount, happened_at, value::bigint
  from (
    select event_id, happened_at,
           case when $6 then 1 when $7 and metric = 'refunds' then -amount else amount end as amount,
           sum(case when $6 then 1 when $7 and metric = 'refunds' then -amount else amount end) over () as value,
           row_number() over (order by happened_at, event_id) as ordinal
      from rm_analytics.contributions
     where shard = $1
       and tenant = $2
       and customer = $3
       and currency = $4
       and metric = any($5)
  ) contributed
 where $8::uuid is null
    or (happened_at, event_id) > (
      select happened_at, event_id
        from rm_analytics.contributions
       where shard = $1
         and tenant = $2
         and customer = $3
         and currency = $4
         and metric = any($5)
         and event_id = $8
    )
 order by ordinal
 limit $9
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


ExplainedMetric = Literal["total_payments", "total_volume", "total_refunded", "net_volume"]
# What a figure is the sum of; what was refunded counts against it where it is net.
COUNTED: Mapping[ExplainedMetric, Sequence[str]] = {
    "total_payments": ["payments"],
    "total_volume": ["payments"],
    "total_refunded": ["refunds"],
    "net_volume": ["payments", "refunds"],
}


class ExplainQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which figure is to be explained, in the customer's currency unless another is named; `starting_after` is the
    last event of the page before."""

    metric: ExplainedMetric = "total_volume"
    currency: str | None = None
    limit: Annotated[int, Meta(ge=1, le=EXPLAINED_MAX)] = EXPLAINED_MAX
    starting_after: str | None = None


class ExplainedAmount(Struct, frozen=True, kw_only=True):
    """An event, and what it adds to the figure."""

    event: str
    amount: int
    created: int


class Explanation(Struct, frozen=True, kw_only=True):
    """The events whose amounts, over all pages, add up to exactly `value`; oldest first."""

    object: str = "customer.analytics.explanation"
    customer: str
    metric: ExplainedMetric
    currency: str | None
    value: int
    has_more: bool
    data: Sequence[ExplainedAmount]


async def of_customer(call: Call[None, AnalyticsQuery]) -> Reply:
    """What a customer paid, in total."""
    customer = await _customer(call)
    read, tenant = call.service(ReadSide), call.envelope.tenant
    fresh = await is_fresh(call, READERS)
    by_currency = (await totals_of(read.pool, tenant, [customer.id])).get(customer.id, [])
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
    query, metric = call.query, call.query.metric
    currency = currency_code(query.currency) if query.currency else customer.currency
    single, net = metric == "total_payments", metric == "net_volume"
    after = None
    if query.starting_after is not None:
        after = parse_event_id(query.starting_after)
        if after is None:
            raise Invalid(f"No such event: '{query.starting_after}'.", param="starting_after")
    fresh = await is_fresh(call, READERS)
    where = tenant.shard, tenant.number, customer.id, currency, COUNTED[metric]
    rows = await read.pool.fetch(EXPLAIN, *where, single, net, after, query.limit + 1)
    data = [
        ExplainedAmount(event=event_id_text(row[0]), amount=row[1], created=unix(row[2])) for row in rows[: query.limit]
    ]
    view = Explanation(
        customer=customer.id,
        metric=metric,
        currency=currency,
        value=rows[0][3] if rows else 0,
        has_more=len(rows) > query.limit,
        data=data,
    )
    return Reply(ok(view), stale=not fresh)


async def totals_of(pool: FairPool, tenant: Tenant, ids: Sequence[str]) -> Mapping[str, Sequence[CurrencyTotals]]:
    """What these customers paid and got back; of one who did neither, nothing."""
    rows = await pool.fetch(TOTALS, tenant.shard, tenant.number, list(ids))
    return {id: _totals([row[1:] for row in of_one]) for id, of_one in groupby(rows, key=itemgetter(0))}


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
    SERIES_OPERATION,
)
