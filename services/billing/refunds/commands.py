"""What can be asked of a refund."""

from msgspec import UNSET, Struct

from services.billing.refunds.events import RefundReason
from services.core.fields import MetadataPatch
from services.gateways.gateway import RefundOutcome


class CreateRefund(Struct, frozen=True, kw_only=True):
    """The amount is set aside on the payment in the same append."""

    id: str
    payment: str
    customer: str | None
    amount: int
    currency: str
    gateway_charge: str
    gateway: str = "simulator"
    reason: RefundReason | None = None
    metadata: dict[str, str] = {}
    test_clock: str | None = None


class UpdateRefund(Struct, frozen=True, kw_only=True):
    """Lays metadata over what is there."""

    metadata: MetadataPatch = UNSET


class RecordRefundOutcome(Struct, frozen=True):
    """What the gateway said."""

    outcome: RefundOutcome


RefundCommand = CreateRefund | UpdateRefund | RecordRefundOutcome
