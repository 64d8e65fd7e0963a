"""Who paid what when, by customer, status, subscription and invoice. Deleting a customer does not touch it."""

from collections.abc import Mapping, Sequence

from eventstore.pool import Connection
from projections.projection import sql_beside
from services.billing.payments.events import (
    PaymentAttemptFailed,
    PaymentAttemptStarted,
    PaymentAuthorized,
    PaymentCanceled,
    PaymentCancelFailed,
    PaymentCancelStarted,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentCaptureStarted,
    PaymentCreated,
    PaymentSucceeded,
    PaymentUpdated,
)
from services.core.decider import object_id
from services.core.event import Event, Fact

CREATE = """
insert into payments (shard, tenant, id, created_at, customer, subscription, invoice, status, version)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
              $8::text[], $9::integer[])
    on conflict (shard, tenant, id) do nothing
"""
MOVE = """
update payments p
   set status = moved.status,
       version = moved.version
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::integer[])
       as moved(shard, tenant, id, status, version)
 where (p.shard, p.tenant, p.id) = (moved.shard, moved.tenant, moved.id)
   and p.version < moved.version
"""

STATUS_AFTER: Mapping[type[Event], str] = {
    PaymentAttemptStarted: "PROCESSING",
    PaymentAuthorized: "REQUIRES_CAPTURE",
    PaymentSucceeded: "SUCCEEDED",
    PaymentAttemptFailed: "FAILED",
    PaymentCaptureStarted: "PROCESSING",
    PaymentCaptured: "SUCCEEDED",
    PaymentCaptureFailed: "REQUIRES_CAPTURE",
    PaymentCancelStarted: "PROCESSING",
    PaymentCancelFailed: "REQUIRES_CAPTURE",
    PaymentCanceled: "CANCELED",
}
TYPES = frozenset(
    [
        "payment.created",
        "payment.updated",
        "payment.attempt_started",
        "payment.authorized",
        "payment.succeeded",
        "payment.attempt_failed",
        "payment.capture_started",
        "payment.captured",
        "payment.capture_failed",
        "payment.cancel_started",
        "payment.cancel_failed",
        "payment.canceled",
    ]
)


class PaymentHistory:
    """A row for each payment, with the status after its last event."""

    name = "payment_history"
    revision = 1
    wants: frozenset[str] | None = TYPES
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"payments": "*"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        created: list[tuple[object, ...]] = []
        moved: dict[tuple[int, int, str], tuple[str, int]] = {}
        for fact in facts:
            recorded, event = fact.recorded, fact.event
            key = recorded.shard, recorded.tenant, object_id(recorded.stream)
            status = _status(event)
            if isinstance(event, PaymentCreated):
                created.append(
                    (*key, fact.at, event.customer, event.subscription, event.invoice, status, recorded.version)
                )
            elif status is not None:
                moved[key] = (status, recorded.version)
        if created:
            await connection.execute(CREATE, *(list(column) for column in zip(*created, strict=True)))
        if moved:
            rows = [(*key, *value) for key, value in moved.items()]
            await connection.execute(MOVE, *(list(column) for column in zip(*rows, strict=True)))


def _status(event: Event) -> str | None:
    if isinstance(event, PaymentCreated):
        return "REQUIRES_CONFIRMATION" if event.payment_method else "REQUIRES_PAYMENT_METHOD"
    if isinstance(event, PaymentUpdated):
        # The method can change only before the first attempt, and then it decides what the payment waits for.
        if event.payment_method is None:
            return "REQUIRES_PAYMENT_METHOD"
        return "REQUIRES_CONFIRMATION" if isinstance(event.payment_method, str) else None
    return STATUS_AFTER.get(type(event))
