"""A payment schedule as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.payment_schedules.events import (
    ScheduleCanceled,
    ScheduleCompleted,
    ScheduleCreated,
    ScheduleEvent,
    SchedulePaymentFailed,
    SchedulePaymentStarted,
    SchedulePaymentSucceeded,
    ScheduleUpdated,
    Turn,
)
from services.core.decider import Hold

ScheduleStatus = Literal["ACTIVE", "COMPLETED", "CANCELED"]
PlannedStatus = Literal["SCHEDULED", "PROCESSING", "PAID", "FAILED", "CANCELED"]


class PlannedPayment(Struct, frozen=True, kw_only=True):
    """`retries_at` are the attempts that will be made after a failure; while there are any it is still SCHEDULED."""

    amount: int
    due_at: datetime
    description: str | None
    status: PlannedStatus = "SCHEDULED"
    payment: str | None = None
    turn: Turn = "first"
    failed: bool = False
    retries_at: tuple[datetime, ...] = ()
    held_method: str | None = None
    last_error: str | None = None

    @property
    def next_at(self) -> datetime | None:
        """When it is charged next."""
        if self.status != "SCHEDULED":
            return None
        return self.retries_at[0] if self.failed else self.due_at


class Schedule(Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`."""

    id: str
    customer: str
    currency: str
    planned: tuple[PlannedPayment, ...]
    payment_method: str | None
    metadata: dict[str, str]
    test_clock: str | None
    created_at: datetime
    updated_at: datetime
    status: ScheduleStatus = "ACTIVE"
    canceled_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def next(self) -> tuple[int, datetime] | None:
        """The planned payment whose turn comes next, and when."""
        waiting = [(each.next_at, index) for index, each in enumerate(self.planned) if each.next_at is not None]
        if self.status != "ACTIVE" or not waiting:
            return None
        at, index = min(waiting)
        return index, at


def evolve(schedule: Schedule | None, event: ScheduleEvent, at: datetime) -> Schedule:
    """The schedule after `event`."""
    if isinstance(event, ScheduleCreated):
        return Schedule(
            id=event.id,
            customer=event.customer,
            currency=event.currency,
            planned=tuple(
                PlannedPayment(amount=each.amount, due_at=each.due_at, description=event.texts.get(str(index)))
                for index, each in enumerate(event.planned)
            ),
            payment_method=event.payment_method,
            metadata=event.metadata,
            test_clock=event.test_clock,
            created_at=at,
            updated_at=at,
        )
    assert schedule is not None, "the first event of a schedule is its creation"
    return replace(_evolved(schedule, event, at), updated_at=at)


def _evolved(schedule: Schedule, event: ScheduleEvent, at: datetime) -> Schedule:
    match event:
        case ScheduleCreated():
            return schedule
        case ScheduleUpdated():
            return replace(schedule, **{k: v for k, v in asdict(event).items() if v is not UNSET})
        case SchedulePaymentStarted(index=index, payment=payment, turn=turn):
            left = schedule.planned[index].retries_at
            left = left[1:] if turn == "retry" else left
            return _with(schedule, index, status="PROCESSING", payment=payment, turn=turn, retries_at=left)
        case SchedulePaymentSucceeded(index=index, payment=payment):
            return _with(schedule, index, status="PAID", payment=payment, retries_at=(), last_error=None)
        case SchedulePaymentFailed(index=index, retries_at=retries_at):
            return _with(
                schedule,
                index,
                status="SCHEDULED" if retries_at else "FAILED",
                failed=True,
                retries_at=retries_at,
                held_method=event.held_method,
                last_error=event.message,
            )
        case ScheduleCompleted():
            return replace(schedule, status="COMPLETED", completed_at=at)
        case ScheduleCanceled():
            planned = tuple(
                replace(each, status="CANCELED", retries_at=()) if each.status == "SCHEDULED" else each
                for each in schedule.planned
            )
            return replace(schedule, planned=planned, status="CANCELED", canceled_at=at)
        case _:
            assert_never(event)


def _with(schedule: Schedule, index: int, **changes: object) -> Schedule:
    planned = list(schedule.planned)
    planned[index] = replace(planned[index], **changes)
    return replace(schedule, planned=tuple(planned))


def running_name(customer: str) -> str:
    """The name that every schedule of the customer holds while it is ACTIVE."""
    return f"payment_schedules_of:{customer}"


def holds(schedule: Schedule) -> Iterable[Hold]:
    """A running schedule is found by its customer."""
    return (Hold(running_name(schedule.customer)),) if schedule.status == "ACTIVE" else ()
