"""The calls that make, change and cancel payment schedules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.customers.commands import FixCurrency
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import existing_customer
from services.billing.payment_methods.lookup import attached_method, is_test_name
from services.billing.payment_schedules.commands import CancelSchedule, CreateSchedule, UpdateSchedule
from services.billing.payment_schedules.decider import SCHEDULES, ScheduleMissing
from services.billing.payment_schedules.effects import attend, due, why
from services.billing.payment_schedules.events import PUBLISHED, Planned
from services.billing.payment_schedules.splitting import dates, split
from services.billing.payment_schedules.state import Schedule
from services.billing.payment_schedules.views import ScheduleObject, schedule_object
from services.core.again import reading_again
from services.core.capability import Capability
from services.core.clock import from_unix
from services.core.fields import LongText, MetadataDraft, cleared, currency_code, merged_metadata, one_of
from services.core.ids import new_id
from services.core.money import AMOUNT_MAX
from services.core.operation import Call, Operation, Reply
from services.core.period import LAST_AT, Cycle, Interval, whole_second
from services.core.refusal import Invalid
from services.core.step import Guard, Handled, Step
from services.core.wire import ok

NEEDS = "payment_schedules:write"
PLANNED_MAX = 120
TOTAL_MAX = PLANNED_MAX * AMOUNT_MAX
Seconds = Annotated[int, Meta(ge=0, le=int(LAST_AT.timestamp()))]
Amount = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]


class PlannedDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One planned payment; `date` in Unix seconds. What has passed is due at once."""

    amount: Amount
    date: Seconds
    description: LongText | None = None


class InstallmentsDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`count` payments, one each `interval_count` intervals."""

    count: Annotated[int, Meta(ge=1, le=PLANNED_MAX)]
    interval: Interval = "MONTH"
    interval_count: Annotated[int, Meta(ge=1, le=36)] = 1


class ScheduleDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new schedule: `payments` with their dates, or a `total_amount` in `installments` from `start_date` on, the
    first of them after a deposit where one is asked for. Each is charged when its date comes, one with a date in the
    past at once, one after another."""

    customer: str
    currency: str
    payments: Annotated[Sequence[PlannedDraft], Meta(max_length=PLANNED_MAX)] | None = None
    total_amount: Annotated[int, Meta(ge=1, le=TOTAL_MAX)] | None = None
    installments: InstallmentsDraft | None = None
    start_date: Seconds | None = None
    deposit_percent: Annotated[int, Meta(ge=1, le=99)] | None = None
    deposit_amount: Amount | None = None
    payment_method: str | None = None
    metadata: MetadataDraft | Literal[""] | None = None


class SchedulePatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a schedule; what is absent stays as it is."""

    payment_method: str | UnsetType | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


async def create(call: Call[ScheduleDraft, None]) -> Reply:
    """Makes a schedule; each planned payment is charged when its date comes."""
    draft, envelope, engine = call.body, call.envelope, call.engine
    id, currency = new_id(SCHEDULES.prefix), currency_code(draft.currency)

    async def handled() -> Handled[Schedule]:
        customer = await existing_customer(engine, envelope, draft.customer)
        at = whole_second(await engine.now_on(envelope, customer.customer.test_clock))
        guards = [customer.guard, *await _method_guards(call, draft.payment_method, draft.customer)]
        command = CreateSchedule(
            id=id,
            customer=draft.customer,
            currency=currency,
            planned=_planned(draft, customer.customer.timezone, at),
            payment_method=draft.payment_method or None,
            texts={str(n): each.description for n, each in enumerate(_listed(draft)) if each.description},
            metadata=merged_metadata({}, draft.metadata),
            test_clock=customer.customer.test_clock,
        )
        steps = [Step(SCHEDULES, id, command, fresh=True, clock=command.test_clock)]
        if customer.customer.currency is None:
            steps.append(Step(CUSTOMERS, draft.customer, FixCurrency(currency)))
        return await engine.handle(
            envelope,
            steps,
            guards=guards,
            settles=lambda schedule: ok(schedule_object(schedule, envelope.livemode)),
        )

    await engine.look_up(envelope)
    return Reply.of(await reading_again(handled))


async def update(call: Call[SchedulePatch, None]) -> Reply:
    """Changes a schedule's method or metadata."""
    patch, id, envelope = call.body, call.path["id"], call.envelope

    async def handled() -> Handled[Schedule]:
        schedule = (await call.engine.load(SCHEDULES, envelope.tenant, id)).state
        if schedule is None:
            raise ScheduleMissing(f"No such payment schedule: '{id}'.", param="id")
        named = patch.payment_method if isinstance(patch.payment_method, str) else None
        command = UpdateSchedule(payment_method=cleared(patch.payment_method), metadata=patch.metadata)
        return await call.engine.handle(
            envelope,
            Step(SCHEDULES, id, command),
            guards=await _method_guards(call, named, schedule.customer),
            settles=lambda schedule: ok(schedule_object(schedule, envelope.livemode)),
        )

    await call.engine.look_up(envelope)
    return Reply.of(await reading_again(handled))


async def cancel(call: Call[None, None]) -> Reply:
    """Cancels what is not paid yet; a payment that is under way is not called back."""
    livemode = call.envelope.livemode
    return Reply.of(
        await call.engine.handle(
            call.envelope,
            Step(SCHEDULES, call.path["id"], CancelSchedule()),
            settles=lambda schedule: ok(schedule_object(schedule, livemode)),
        )
    )


async def _method_guards(call: Call[Any, Any], method: str | None, customer: str) -> Sequence[Guard]:
    if not method or is_test_name(method, livemode=call.envelope.livemode):
        return ()
    return [(await attached_method(call.engine, call.envelope, method, customer)).guard]


def _listed(draft: ScheduleDraft) -> Sequence[PlannedDraft]:
    return sorted(draft.payments or (), key=lambda each: each.date)


def _planned(draft: ScheduleDraft, zone: str, at: datetime) -> tuple[Planned, ...]:
    """The planned payments, oldest first. Raises Invalid where the draft contradicts itself."""
    if (draft.payments is None) == (draft.total_amount is None):
        raise Invalid("Give 'payments', or 'total_amount' with 'installments'.", param="payments")
    if draft.payments is not None:
        if draft.installments or draft.deposit_amount or draft.deposit_percent or draft.start_date:
            raise Invalid("'installments', 'start_date' and deposits go with 'total_amount'.", param="payments")
        if not draft.payments:
            raise Invalid("A schedule has at least one payment.", code="parameter_missing", param="payments")
        return tuple(Planned(amount=each.amount, due_at=from_unix(each.date)) for each in _listed(draft))
    if draft.installments is None or draft.total_amount is None:
        raise Invalid("'installments' is missing.", code="parameter_missing", param="installments")
    interval = draft.installments.interval
    start_at = at if draft.start_date is None else from_unix(draft.start_date)
    deposit, count = _deposit(draft), draft.installments.count
    if draft.total_amount - deposit < count:
        raise Invalid(f"{draft.total_amount} cannot be paid in {count} parts above zero.", param="installments[count]")
    amounts = ([deposit] if deposit else []) + split(draft.total_amount - deposit, count)
    if max(amounts) > AMOUNT_MAX:
        raise Invalid(f"Each part is at most {AMOUNT_MAX}.", code="amount_too_large", param="total_amount")
    moments = dates(start_at, zone, Cycle(interval, draft.installments.interval_count), len(amounts))
    return tuple(Planned(amount=amount, due_at=due_at) for amount, due_at in zip(amounts, moments, strict=True))


def _deposit(draft: ScheduleDraft) -> int:
    """What is paid first; a percentage is rounded down, so that it never takes more than was agreed."""
    if draft.deposit_amount is not None and draft.deposit_percent is not None:
        raise one_of("deposit_amount", "deposit_percent", both=True)
    if draft.deposit_percent is not None and draft.total_amount is not None:
        deposit = draft.total_amount * draft.deposit_percent // 100
        if not deposit:
            message = (
                f"{draft.deposit_percent} percent of {draft.total_amount} is less than the smallest amount there is."
            )
            raise Invalid(message, param="deposit_percent")
        return deposit
    return draft.deposit_amount or 0


CAPABILITY = Capability(
    name="payment_schedules",
    object="payment_schedule",
    decider=SCHEDULES,
    view=schedule_object,
    view_type=ScheduleObject,
    state_type=Schedule,
    published=PUBLISHED,
    filters={"customer": lambda schedule: schedule.customer, "status": lambda schedule: schedule.status},
    expands={"customer": "customer", "payment_method": "payment_method", "test_clock": "test_clock"},
    due=due,
    why=why,
    attend=attend,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/payment_schedules",
            summary="Create a payment schedule",
            perform=create,
            needs=NEEDS,
            body=ScheduleDraft,
            answers=ScheduleObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/payment_schedules/{id}",
            summary="Update a payment schedule",
            perform=update,
            needs=NEEDS,
            body=SchedulePatch,
            answers=ScheduleObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/payment_schedules/{id}/cancel",
            summary="Cancel a payment schedule",
            perform=cancel,
            needs=NEEDS,
            answers=ScheduleObject,
        ),
    ),
)
