"""Decides what may be done to a payment schedule. A planned payment is made once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from services.billing.payment_schedules.commands import (
    CancelSchedule,
    CreateSchedule,
    RecordMade,
    RecordNotMade,
    ScheduleCommand,
    StartPlanned,
    UpdateSchedule,
)
from services.billing.payment_schedules.events import (
    EVENTS,
    ScheduleCanceled,
    ScheduleCompleted,
    ScheduleCreated,
    ScheduleEvent,
    SchedulePaymentFailed,
    SchedulePaymentStarted,
    SchedulePaymentSucceeded,
    ScheduleUpdated,
)
from services.billing.payment_schedules.state import PlannedPayment, Schedule, evolve, holds
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing, Unsettled

NO_METHOD_CODE = "payment_method_missing"
NO_METHOD = "There is no payment method to charge."


class ScheduleExists(Conflict):
    """A payment schedule with this id exists already."""

    code = "resource_already_exists"


class ScheduleMissing(Missing):
    """There is no such payment schedule."""


class ScheduleUnexpectedState(Conflict):
    """The payment schedule's status does not allow this."""

    code = "payment_schedule_unexpected_state"


class ScheduleNotDue(Conflict):
    """This planned payment is made already, or its turn has not come."""

    code = "payment_schedule_not_due"


class SchedulePaymentUnderWay(Unsettled):
    """The planned payment is under way already; its outcome is not known yet. Try again once it is."""

    code = "payment_schedule_payment_in_progress"


def decide(schedule: Schedule | None, command: ScheduleCommand, at: datetime) -> Sequence[ScheduleEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateSchedule):
        if schedule is not None:
            raise ScheduleExists
        return [ScheduleCreated(**{name: getattr(command, name) for name in command.__struct_fields__})]
    if schedule is None:
        raise ScheduleMissing
    match command:
        case UpdateSchedule():
            wanted = asdict(command) | {"metadata": merged_metadata(schedule.metadata, command.metadata)}
            new = {k: v for k, v in wanted.items() if v is not UNSET and getattr(schedule, k) != v}
            if schedule.status != "ACTIVE" and new.keys() - {"metadata"}:
                raise ScheduleUnexpectedState(f"A schedule that is {schedule.status} can no longer be changed.")
            return [ScheduleUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]
        case StartPlanned():
            return _started(schedule, command, at)
        case RecordMade(payment=payment):
            # Somebody may have confirmed it again by hand, between our own attempts.
            index = _made_by(schedule, payment)
            if index is None:
                return []
            return _and_completed(schedule, SchedulePaymentSucceeded(index=index, payment=payment), at)
        case RecordNotMade():
            index = _under_way(schedule, command.payment)
            if index is None:
                return []
            each = schedule.planned[index]
            failed = SchedulePaymentFailed(
                index=index,
                payment=command.payment,
                turn=each.turn,
                code=command.code,
                message=command.message,
                retries_at=_retries(schedule, each, command.retry_days, at),
                held_method=command.payment_method if command.hard else None,
            )
            return _and_completed(schedule, failed, at)
        case CancelSchedule():
            if schedule.status == "COMPLETED":
                raise ScheduleUnexpectedState("A schedule that is COMPLETED cannot be canceled.")
            return [ScheduleCanceled()] if schedule.status == "ACTIVE" else []
        case _:
            assert_never(command)


def _started(schedule: Schedule, command: StartPlanned, at: datetime) -> Sequence[ScheduleEvent]:
    if schedule.next is None or schedule.next[0] != command.index or schedule.next[1] > at:
        raise ScheduleNotDue
    each = schedule.planned[command.index]
    if command.payment is not None and command.payment_method is not None:
        return [
            SchedulePaymentStarted(
                index=command.index, payment=command.payment, payment_method=command.payment_method, turn=command.turn
            )
        ]
    left = each.retries_at[1:] if command.turn == "retry" else _retries(schedule, each, command.retry_days, at)
    failed = SchedulePaymentFailed(
        index=command.index,
        payment=None,
        turn=command.turn,
        code=NO_METHOD_CODE,
        message=NO_METHOD,
        retries_at=left,
        held_method=each.held_method,
    )
    return _and_completed(schedule, failed, at)


def _retries(schedule: Schedule, each: PlannedPayment, days: tuple[int, ...], at: datetime) -> tuple[datetime, ...]:
    """The attempts that remain; the first failure plans all of them, unless the schedule was canceled meanwhile."""
    if schedule.status != "ACTIVE":
        return ()
    return each.retries_at if each.failed else tuple(at + timedelta(days=day) for day in days)


def _under_way(schedule: Schedule, payment: str) -> int | None:
    return next(
        (n for n, each in enumerate(schedule.planned) if each.payment == payment and each.status == "PROCESSING"), None
    )


def _made_by(schedule: Schedule, payment: str) -> int | None:
    return next(
        (n for n, each in enumerate(schedule.planned) if each.payment == payment and each.status != "PAID"), None
    )


def _and_completed(schedule: Schedule, event: ScheduleEvent, at: datetime) -> Sequence[ScheduleEvent]:
    after = evolve(schedule, event, at)
    ended = all(each.status in {"PAID", "FAILED"} for each in after.planned)
    return [event, ScheduleCompleted()] if ended and after.status == "ACTIVE" else [event]


SCHEDULES: Decider[Schedule, ScheduleCommand, ScheduleEvent] = Decider(
    category="payment_schedule",
    prefix="psch",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    holds=holds,
    subject=lambda command: command.customer if isinstance(command, CreateSchedule) else None,
    clock=lambda schedule: schedule.test_clock,
)
