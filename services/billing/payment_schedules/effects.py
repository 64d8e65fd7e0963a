"""Making the planned payments when their turn comes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.billing.customers.lookup import customer_of
from services.billing.invoices.issuing import method_to_charge
from services.billing.invoices.policy import account_of
from services.billing.payment_schedules.commands import StartPlanned
from services.billing.payment_schedules.decider import SCHEDULES, ScheduleNotDue, SchedulePaymentUnderWay
from services.billing.payment_schedules.events import Turn
from services.billing.payment_schedules.state import Schedule
from services.billing.payments.charging import Begin, begin_for_nobody
from services.billing.payments.commands import ConfirmPayment, CreatePayment, Method
from services.billing.payments.decider import CONFIRMABLE, PAYMENTS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.step import Guard, Step
from services.gateways.gateways import Gateways


def due(schedule: Schedule) -> datetime | None:
    """When the next planned payment has its turn."""
    return None if schedule.next is None else schedule.next[1]


def why(schedule: Schedule) -> str:
    """Which planned payment it is, in words."""
    if schedule.next is None:
        return ""
    index, _ = schedule.next
    again = " again" if schedule.planned[index].failed else ""
    return f"charges planned payment {index + 1} of {len(schedule.planned)}{again}"


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: makes the planned payment that is due now, if nobody else has done it."""
    await begin_for_nobody(
        engine, services, envelope, lambda: _begin(engine, services[Gateways], envelope, id), ScheduleNotDue
    )


async def _begin(engine: Engine, gateways: Gateways, envelope: Envelope, id: str) -> Begin | None:
    loaded = await engine.load(SCHEDULES, envelope.tenant, id)
    schedule = loaded.state
    if schedule is None or schedule.next is None:
        return None
    index, when = schedule.next
    if when > await engine.now_on(envelope, schedule.test_clock):
        return None
    each = schedule.planned[index]
    turn: Turn = "retry" if each.failed else "first"
    found = await customer_of(engine, envelope, schedule.customer)
    chosen = await method_to_charge(engine, gateways, envelope, found, schedule.payment_method)
    guards = [Guard(SCHEDULES.stream(id), loaded.head), *chosen.guards]
    if chosen.method is None or (turn == "retry" and chosen.method.id == each.held_method):
        days = (await account_of(engine, envelope)).dunning_offset_days
        command = StartPlanned(index=index, turn=turn, payment=None, payment_method=None, retry_days=days)
        return Begin([Step(SCHEDULES, id, command)], guards)
    payment, step = await _payment_step(engine, gateways, envelope, schedule, index, chosen.method)
    command = StartPlanned(index=index, turn=turn, payment=payment, payment_method=chosen.method.id)
    return Begin([Step(SCHEDULES, id, command), step], guards, payment)


async def _payment_step(
    engine: Engine, gateways: Gateways, envelope: Envelope, schedule: Schedule, index: int, method: Method
) -> tuple[str, Step]:
    """One payment serves a planned one: what was declined is confirmed again."""
    each = schedule.planned[index]
    if each.payment is not None:
        payment = (await engine.load(PAYMENTS, envelope.tenant, each.payment)).state
        if payment is not None and payment.status in CONFIRMABLE:
            return payment.id, Step(PAYMENTS, payment.id, ConfirmPayment(method=method))
        if payment is not None and payment.status != "CANCELED":
            # It is under way, or made: another one would charge twice.
            raise SchedulePaymentUnderWay
    command = CreatePayment(
        id=new_id(PAYMENTS.prefix),
        amount=each.amount,
        currency=schedule.currency,
        gateway=(await gateways.chosen(envelope)).name,
        customer=schedule.customer,
        method=method,
        description=each.description,
        schedule=schedule.id,
        test_clock=schedule.test_clock,
    )
    return command.id, Step(PAYMENTS, command.id, command, fresh=True, clock=schedule.test_clock)
