"""What follows for a payment schedule when one of its payments has an outcome, and when its customer goes."""

from collections.abc import Sequence

from services.billing.payment_schedules.commands import CancelSchedule, RecordMade, RecordNotMade
from services.billing.payment_schedules.decider import SCHEDULES
from services.billing.payments.commands import RecordOutcome
from services.billing.payments.state import Payment
from services.core.step import Step
from services.gateways.gateway import Captured, Declined

# Such a card will never work again; it is not charged by itself until there is another.
HARD_DECLINES = frozenset({"lost_card", "stolen_card"})


def when_answered(payment: Payment, schedule: str, command: RecordOutcome, retry_days: tuple[int, ...]) -> list[Step]:
    """The step of the schedule that goes with the gateway's answer."""
    match command.outcome:
        case Captured():
            return [Step(SCHEDULES, schedule, RecordMade(payment.id))]
        case Declined(code=code, decline_code=decline_code, message=message):
            failure = RecordNotMade(
                payment=payment.id,
                payment_method=payment.attempts[-1].payment_method,
                code=decline_code or code,
                message=message,
                hard=decline_code in HARD_DECLINES,
                retry_days=retry_days,
            )
            return [Step(SCHEDULES, schedule, failure)]
        case _:
            return []


def running_canceled(ids: Sequence[str]) -> list[Step]:
    """The steps that cancel these schedules of a customer."""
    return [Step(SCHEDULES, id, CancelSchedule()) for id in ids]
