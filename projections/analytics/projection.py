"""What customers paid and got back, in total and over time. Currencies are never summed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from eventstore.pool import Connection
from projections.projection import sql_beside
from services.billing.customers.events import CustomerCreated
from services.billing.payments.events import PaymentAttemptFailed, PaymentCaptured, PaymentSucceeded
from services.billing.refunds.events import RefundReturned, RefundSucceeded
from services.core.decider import object_id
from services.core.event import Event, Fact

Metric = Literal["payments", "refunds", "failures", "customers"]

# Only what was not counted before reaches the totals: counting twice changes nothing. What takes something back is a
# negative amount, and one less.
COUNT = """
with counted as (
  insert into contributions (shard, tenant, event_id, metric, currency, customer, amount, happened_at)
  select *
    from unnest($1::integer[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                $8::timestamptz[])
      on conflict (shard, tenant, event_id, metric) do nothing
  returning *
),
totalled as (
  insert into totals as kept (shard, tenant, customer, currency, metric, count, amount, last_at)
  select shard, tenant, customer, currency, metric, sum(case when amount < 0 then -1 else 1 end), sum(amount),
         max(happened_at)
    from counted
   where customer is not null
   group by shard, tenant, customer, currency, metric
      on conflict (shard, tenant, customer, currency, metric) do update
     set count = kept.count + excluded.count,
         amount = kept.amount + excluded.amount,
         last_at = greatest(kept.last_at, excluded.last_at)
)
insert into slots as kept (shard, tenant, currency, metric, slot_at, count, amount)
select shard, tenant, currency, metric, date_bin('15 minutes', happened_at, 'epoch'),
       sum(case when amount < 0 then -1 else 1 end), sum(amount)
  from counted
 group by 1, 2, 3, 4, 5
    on conflict (shard, tenant, currency, metric, slot_at) do update
   set count = kept.count + excluded.count,
       amount = kept.amount + excluded.amount
"""

Counted = tuple[Metric, str, str | None, int]
Contribution = tuple[int, int, UUID, Metric, str, str | None, int, datetime]


class Analytics:
    """Contributions, their totals per customer, and their totals per quarter of an hour."""

    name = "analytics"
    revision = 1
    wants: frozenset[str] | None = frozenset(
        {
            "payment.succeeded",
            "payment.captured",
            "payment.attempt_failed",
            "refund.succeeded",
            "refund.returned",
            "customer.created",
        }
    )
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"contributions": "*", "totals": "*", "slots": "*"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        found = [_contribution(fact) for fact in facts]
        counted = [contribution for contribution in found if contribution is not None]
        if counted:
            await connection.execute(COUNT, *(list(column) for column in zip(*counted, strict=True)))


def _contribution(fact: Fact) -> Contribution | None:
    # By the very type: a look at it instead of up to five.
    counts = COUNTS.get(type(fact.event))
    if counts is None:
        return None
    recorded = fact.recorded
    metric, currency, customer, amount = counts(fact)
    return recorded.shard, recorded.tenant, recorded.event_id, metric, currency, customer, amount, fact.at


def _paid(fact: Fact) -> Counted:
    event = cast("PaymentSucceeded | PaymentCaptured", fact.event)
    return "payments", event.currency, event.customer, event.amount_received


def _failed(fact: Fact) -> Counted:
    event = cast("PaymentAttemptFailed", fact.event)
    return "failures", event.currency, event.customer, 0


def _refunded(fact: Fact) -> Counted:
    event = cast("RefundSucceeded", fact.event)
    return "refunds", event.currency, event.customer, event.amount


def _returned(fact: Fact) -> Counted:
    event = cast("RefundReturned", fact.event)
    return "refunds", event.currency, event.customer, -event.amount


def _joined(fact: Fact) -> Counted:
    return "customers", "", object_id(fact.recorded.stream), 0


COUNTS: Mapping[type[Event], Callable[[Fact], Counted]] = {
    PaymentSucceeded: _paid,
    PaymentCaptured: _paid,
    PaymentAttemptFailed: _failed,
    RefundSucceeded: _refunded,
    RefundReturned: _returned,
    CustomerCreated: _joined,
}
