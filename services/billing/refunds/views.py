"""A refund as clients see it."""

from msgspec import Struct

from services.billing.refunds.events import RefundReason
from services.billing.refunds.state import Refund, RefundStatus
from services.core.clock import unix


class RefundObject(Struct, frozen=True, kw_only=True):
    """`amount` in minor units of `currency`."""

    id: str
    object: str = "refund"
    amount: int
    created: int
    updated: int
    currency: str
    customer: str | None
    failure_reason: str | None
    gateway_reference: str | None
    livemode: bool
    metadata: dict[str, str]
    payment: str
    reason: RefundReason | None
    status: RefundStatus


def refund_object(refund: Refund, livemode: bool) -> RefundObject:
    """The wire form of a refund."""
    return RefundObject(
        id=refund.id,
        amount=refund.amount,
        created=unix(refund.created_at),
        updated=unix(refund.updated_at),
        currency=refund.currency,
        customer=refund.customer,
        failure_reason=refund.failure,
        gateway_reference=refund.gateway_reference,
        livemode=livemode,
        metadata=refund.metadata,
        payment=refund.payment,
        reason=refund.reason,
        status=refund.status,
    )
