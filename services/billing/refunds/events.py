"""What is remembered of a refund."""

from typing import Literal

from msgspec import UNSET, UnsetType

from services.core.event import Event, EventCodec, Personal, Published

RefundReason = Literal["DUPLICATE", "FRAUDULENT", "REQUESTED_BY_CUSTOMER"]


class RefundCreated(Event, frozen=True, kw_only=True, tag="refund.created"):
    """`amount` (minor units of `currency`) is to go back. The gateway is asked under a key made of the refund; it is
    the one that charged, which was the simulated one before there was a choice."""

    id: str
    payment: str
    customer: str | None
    amount: int
    currency: str
    gateway_charge: str
    gateway: str = "simulator"
    reason: RefundReason | None = None
    metadata: Personal[dict[str, str]] = {}
    test_clock: str | None = None


class RefundUpdated(Event, frozen=True, kw_only=True, tag="refund.updated"):
    """The metadata took a new value."""

    metadata: Personal[dict[str, str] | UnsetType] = UNSET


class RefundSucceeded(Event, frozen=True, kw_only=True, tag="refund.succeeded"):
    """The gateway gave it back. Amount, currency, payment and customer stand here for readers of this event alone."""

    gateway_reference: str
    amount: int
    currency: str
    payment: str
    customer: str | None


class RefundFailed(Event, frozen=True, kw_only=True, tag="refund.failed"):
    """The gateway would not give it back."""

    code: str
    message: str


class RefundReturned(Event, frozen=True, kw_only=True, tag="refund.returned"):
    """It had succeeded, and the money came back all the same, as when the customer's account is closed. It failed."""

    code: str
    message: str
    amount: int
    currency: str
    payment: str
    customer: str | None


RefundEvent = RefundCreated | RefundUpdated | RefundSucceeded | RefundFailed | RefundReturned
EVENTS = EventCodec(RefundCreated, RefundUpdated, RefundSucceeded, RefundFailed, RefundReturned)
PUBLISHED: Published = {
    RefundCreated: ("refund.created",),
    RefundUpdated: (),
    RefundSucceeded: (),
    RefundFailed: ("refund.failed",),
    RefundReturned: ("refund.failed",),
}
