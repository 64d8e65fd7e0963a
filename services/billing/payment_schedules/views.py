"""A payment schedule as clients see it."""

from msgspec import Struct

from services.billing.payment_schedules.state import PlannedStatus, Schedule, ScheduleStatus
from services.core.clock import unix


class PlannedObject(Struct, frozen=True, kw_only=True):
    """`date` in Unix seconds; `next_attempt` is null once it is paid, has failed for good or is canceled."""

    object: str = "planned_payment"
    amount: int
    date: int
    description: str | None
    last_error: str | None
    next_attempt: int | None
    payment: str | None
    status: PlannedStatus


class ScheduleObject(Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`; `amount_paid` of `total_amount` is paid."""

    id: str
    object: str = "payment_schedule"
    amount_paid: int
    canceled_at: int | None
    completed_at: int | None
    created: int
    updated: int
    currency: str
    customer: str
    livemode: bool
    metadata: dict[str, str]
    payment_method: str | None
    payments: list[PlannedObject]
    status: ScheduleStatus
    test_clock: str | None
    total_amount: int


def schedule_object(schedule: Schedule, livemode: bool) -> ScheduleObject:
    """The wire form of a payment schedule."""
    return ScheduleObject(
        id=schedule.id,
        amount_paid=sum(each.amount for each in schedule.planned if each.status == "PAID"),
        canceled_at=unix(schedule.canceled_at) if schedule.canceled_at else None,
        completed_at=unix(schedule.completed_at) if schedule.completed_at else None,
        created=unix(schedule.created_at),
        updated=unix(schedule.updated_at),
        currency=schedule.currency,
        customer=schedule.customer,
        livemode=livemode,
        metadata=schedule.metadata,
        payment_method=schedule.payment_method,
        payments=[
            PlannedObject(
                amount=each.amount,
                date=unix(each.due_at),
                description=each.description,
                last_error=each.last_error,
                next_attempt=unix(each.next_at) if each.next_at else None,
                payment=each.payment,
                status=each.status,
            )
            for each in schedule.planned
        ],
        status=schedule.status,
        test_clock=schedule.test_clock,
        total_amount=sum(each.amount for each in schedule.planned),
    )
