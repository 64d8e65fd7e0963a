"""What is remembered of a payment schedule."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.core.event import Event, EventCodec, Personal, Published

# `first`: on its date. `retry`: as planned after a failure.
Turn = Literal["first", "retry"]


class Planned(Struct, frozen=True, kw_only=True):
    """A payment that is to be made."""

    amount: int
    due_at: datetime


class ScheduleCreated(Event, frozen=True, kw_only=True, tag="payment_schedule.created"):
    """The customer will pay these amounts (minor units of `currency`) on these dates. `texts` are the client's words
    for them, by index."""

    id: str
    customer: str
    currency: str
    planned: tuple[Planned, ...]
    payment_method: str | None = None
    texts: Personal[dict[str, str]] = {}
    metadata: Personal[dict[str, str]] = {}
    test_clock: str | None = None


class ScheduleUpdated(Event, frozen=True, kw_only=True, tag="payment_schedule.updated"):
    """Fields took new values; unset ones did not change."""

    payment_method: str | UnsetType | None = UNSET
    metadata: Personal[dict[str, str] | UnsetType] = UNSET


class SchedulePaymentStarted(Event, frozen=True, kw_only=True, tag="payment_schedule.payment_started"):
    """The planned payment `index` is under way."""

    index: int
    payment: str
    payment_method: str
    turn: Turn


class SchedulePaymentSucceeded(Event, frozen=True, kw_only=True, tag="payment_schedule.payment_succeeded"):
    """The planned payment `index` is made."""

    index: int
    payment: str


class SchedulePaymentFailed(Event, frozen=True, kw_only=True, tag="payment_schedule.payment_failed"):
    """It was not made. `retries_at` are the attempts still planned; without any it has failed for good. `held_method`
    was declined for good. `payment` is None when there was no method to charge."""

    index: int
    payment: str | None
    turn: Turn
    code: str
    message: str
    retries_at: tuple[datetime, ...] = ()
    held_method: str | None = None


class ScheduleCompleted(Event, frozen=True, kw_only=True, tag="payment_schedule.completed"):
    """Nothing is left to be done: every planned payment is made, or has failed for good."""


class ScheduleCanceled(Event, frozen=True, kw_only=True, tag="payment_schedule.canceled"):
    """What was not made yet will not be made."""


ScheduleEvent = (
    ScheduleCreated
    | ScheduleUpdated
    | SchedulePaymentStarted
    | SchedulePaymentSucceeded
    | SchedulePaymentFailed
    | ScheduleCompleted
    | ScheduleCanceled
)
EVENTS = EventCodec(
    ScheduleCreated,
    ScheduleUpdated,
    SchedulePaymentStarted,
    SchedulePaymentSucceeded,
    SchedulePaymentFailed,
    ScheduleCompleted,
    ScheduleCanceled,
)
PUBLISHED: Published = {
    ScheduleCreated: ("payment_schedule.created",),
    ScheduleUpdated: ("payment_schedule.updated",),
    SchedulePaymentStarted: ("payment_schedule.updated",),
    SchedulePaymentSucceeded: ("payment_schedule.payment_succeeded",),
    SchedulePaymentFailed: ("payment_schedule.payment_failed",),
    ScheduleCompleted: ("payment_schedule.completed",),
    ScheduleCanceled: ("payment_schedule.canceled",),
}
