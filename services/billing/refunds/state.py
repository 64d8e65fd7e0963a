"""A refund as its events tell it."""

from datetime import datetime
from typing import Literal, assert_never

from msgspec import Struct, UnsetType
from msgspec.structs import asdict, replace

from services.billing.refunds.events import (
    RefundCreated,
    RefundEvent,
    RefundFailed,
    RefundReason,
    RefundReturned,
    RefundSucceeded,
    RefundUpdated,
)

RefundStatus = Literal["PENDING", "SUCCEEDED", "FAILED"]


class Refund(Struct, frozen=True, kw_only=True):
    """PENDING while the gateway's answer is unknown. One that FAILED may have SUCCEEDED before."""

    id: str
    payment: str
    customer: str | None
    amount: int
    currency: str
    gateway_charge: str
    gateway: str
    reason: RefundReason | None
    metadata: dict[str, str]
    test_clock: str | None
    created_at: datetime
    updated_at: datetime
    status: RefundStatus = "PENDING"
    gateway_reference: str | None = None
    failure: str | None = None


def evolve(refund: Refund | None, event: RefundEvent, at: datetime) -> Refund:
    """The refund after `event`."""
    if isinstance(event, RefundCreated):
        return Refund(**asdict(event), created_at=at, updated_at=at)
    assert refund is not None, "the first event of a refund is its creation"
    match event:
        case RefundUpdated(metadata=metadata):
            return replace(
                refund,
                metadata=refund.metadata if isinstance(metadata, UnsetType) else metadata,
                updated_at=at,
            )
        case RefundSucceeded(gateway_reference=reference):
            return replace(refund, status="SUCCEEDED", gateway_reference=reference, updated_at=at)
        case RefundFailed(message=message) | RefundReturned(message=message):
            return replace(refund, status="FAILED", failure=message, updated_at=at)
        case _:
            assert_never(event)
