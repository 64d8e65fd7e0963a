"""What may be done to an invoice in each of its states, by the decider alone."""

from datetime import UTC, datetime

import pytest

from services.billing.invoices.commands import (
    Attempt,
    CreateInvoice,
    Finalization,
    FinalizeInvoice,
    InvoiceCommand,
    MarkUncollectible,
    PayOutOfBand,
    RecordFailure,
    RecordPaid,
    SkipRetry,
    StartAttempt,
    VoidInvoice,
)
from services.billing.invoices.decider import (
    INVOICES,
    InvoiceExists,
    InvoiceIsBeingPaid,
    InvoiceMissing,
    InvoiceUnexpectedState,
    NothingPlanned,
)
from services.billing.invoices.events import InvoiceEvent, InvoiceFinalized, InvoicePaid, InvoiceVoided
from services.billing.invoices.lines import Line
from services.billing.invoices.state import Invoice
from services.core.refusal import Refusal
from tests.support.scenario import Scenario

AT = datetime(2024, 1, 31, 15, 4, 5, tzinfo=UTC)
LINE = Line(amount=900, description="Consulting", period_start_at=AT, period_end_at=AT)
CREATE = CreateInvoice(
    id="in_a",
    customer="cust_a",
    currency="usd",
    billing_reason="MANUAL",
    lines=(LINE,),
    period_start_at=AT,
    period_end_at=AT,
)
FINALIZE = FinalizeInvoice(finalization=Finalization(number="INV-000001", balance=-200))
PAY = StartAttempt(Attempt(kind="manual", payment="pay_a", payment_method="pm_a"))
RETRY = StartAttempt(Attempt(kind="retry", payment="pay_a", payment_method="pm_a", planned_at=AT))
PAID, OUT_OF_BAND, VOID, WRITE_OFF = RecordPaid("pay_a", 700), PayOutOfBand(), VoidInvoice(), MarkUncollectible()
FAILED = RecordFailure(
    payment="pay_a", payment_method="pm_a", code="lost_card", message="Lost.", hard=True, retry_days=(1, 3)
)

NEW: Scenario[Invoice, InvoiceCommand, InvoiceEvent] = Scenario(INVOICES)
STATES = {
    "DRAFT": NEW.after(CREATE),
    "OPEN": NEW.after(CREATE, FINALIZE),
    "PAYING": NEW.after(CREATE, FINALIZE, PAY),
    "PAID": NEW.after(CREATE, FINALIZE, PAY, PAID),
    "VOID": NEW.after(CREATE, FINALIZE, VOID),
    "UNCOLLECTIBLE": NEW.after(CREATE, FINALIZE, WRITE_OFF),
}
REFUSED: list[tuple[str, type[Refusal], tuple[InvoiceCommand, ...]]] = [
    ("DRAFT", InvoiceUnexpectedState, (PAY, OUT_OF_BAND, VOID, WRITE_OFF)),
    ("OPEN", InvoiceUnexpectedState, (FINALIZE,)),
    ("PAYING", InvoiceIsBeingPaid, (PAY, OUT_OF_BAND, VOID, WRITE_OFF)),
    ("PAYING", InvoiceUnexpectedState, (FINALIZE,)),
    ("PAID", InvoiceUnexpectedState, (FINALIZE, PAY, OUT_OF_BAND, VOID, WRITE_OFF)),
    ("VOID", InvoiceUnexpectedState, (FINALIZE, PAY, OUT_OF_BAND, WRITE_OFF)),
    ("UNCOLLECTIBLE", InvoiceUnexpectedState, (FINALIZE, RETRY)),
    ("OPEN", NothingPlanned, (RETRY, SkipRetry(AT))),
]


@pytest.mark.parametrize(
    ("state", "refusal", "command"),
    [(state, refusal, command) for state, refusal, commands in REFUSED for command in commands],
)
def test_what_its_state_forbids_is_refused(state: str, refusal: type[Refusal], command: InvoiceCommand) -> None:
    STATES[state].when(command).refused(refusal)


def test_it_is_made_once_and_must_be_there() -> None:
    STATES["DRAFT"].when(CREATE).refused(InvoiceExists)
    NEW.when(VOID).refused(InvoiceMissing)


def test_finalising_takes_what_the_balance_covers_and_what_it_covers_wholly_is_paid() -> None:
    finalized = InvoiceFinalized(
        number="INV-000001", total=900, starting_balance=-200, ending_balance=0, amount_due=700, due_at=None
    )
    assert STATES["DRAFT"].when(FINALIZE).then(finalized).status == "OPEN"
    rich = FinalizeInvoice(finalization=Finalization(number="INV-000001", balance=-1000))
    events = STATES["DRAFT"].when(rich).events
    assert [type(event) for event in events] == [InvoiceFinalized, InvoicePaid]
    assert isinstance(events[0], InvoiceFinalized)
    assert (events[0].amount_due, events[0].ending_balance) == (0, -100)


def test_what_is_written_off_can_still_be_paid_or_voided() -> None:
    paid = STATES["UNCOLLECTIBLE"].after(PAY, PAID).state
    assert paid is not None
    assert paid.status == "PAID"
    STATES["UNCOLLECTIBLE"].when(VOID).then(InvoiceVoided())


def test_what_is_already_so_is_granted_again_without_an_event() -> None:
    STATES["VOID"].when(VOID).then()
    STATES["UNCOLLECTIBLE"].when(WRITE_OFF).then()
    STATES["OPEN"].when(PAID).then()
    STATES["PAID"].when(FAILED).then()


def test_a_failure_by_hand_plans_the_retries_once_and_holds_a_lost_card() -> None:
    state = STATES["PAYING"].after(FAILED).state
    assert state is not None
    assert (len(state.retries_at), state.held_method, state.attempts) == (2, "pm_a", 1)
    again = STATES["PAYING"].after(FAILED, PAY, FAILED).state
    assert again is not None
    assert (again.retries_at, again.attempts) == (state.retries_at, 1)
