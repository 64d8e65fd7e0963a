"""Decides what may be done to an invoice. There is never more than one payment under way."""

from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from services.billing.invoices.commands import (
    AddLine,
    Attempt,
    CreateInvoice,
    EndRetries,
    Finalization,
    FinalizeInvoice,
    InvoiceCommand,
    MarkUncollectible,
    NoteOverdue,
    PayOutOfBand,
    RecordFailure,
    RecordPaid,
    SkipRetry,
    StartAttempt,
    UpdateInvoice,
    VoidInvoice,
)
from services.billing.invoices.events import (
    EVENTS,
    AttemptKind,
    InvoiceCreated,
    InvoiceEvent,
    InvoiceFinalized,
    InvoiceLineAdded,
    InvoiceMarkedUncollectible,
    InvoiceOverdue,
    InvoicePaid,
    InvoicePaymentFailed,
    InvoicePaymentStarted,
    InvoiceRetriesEnded,
    InvoiceRetrySkipped,
    InvoiceUpdated,
    InvoiceVoided,
)
from services.billing.invoices.lines import bill
from services.billing.invoices.state import Invoice, InvoiceStatus, evolve
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing, Unsettled

# How it is made, which the fact of it does not hold.
HOW = frozenset({"finalization", "attempt", "ends"})
# What is written off is still owed.
PAYABLE: frozenset[InvoiceStatus] = frozenset({"OPEN", "UNCOLLECTIBLE"})
NO_METHOD_CODE = "payment_method_missing"
NO_METHOD = "There is no payment method to charge."


class InvoiceExists(Conflict):
    """An invoice with this id exists already."""

    code = "resource_already_exists"


class InvoiceMissing(Missing):
    """There is no such invoice."""


class InvoiceUnexpectedState(Conflict):
    """The invoice's status does not allow this."""

    code = "invoice_unexpected_state"


class InvoiceIsBeingPaid(Unsettled):
    """A payment of this invoice is under way; its outcome is not known yet. Try again once it is."""

    code = "invoice_payment_in_progress"


class NothingPlanned(Conflict):
    """No attempt is planned for this moment."""

    code = "invoice_nothing_planned"


def decide(invoice: Invoice | None, command: InvoiceCommand, at: datetime) -> Sequence[InvoiceEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateInvoice):
        if invoice is not None:
            raise InvoiceExists
        return _created(command, at)
    if invoice is None:
        raise InvoiceMissing
    match command:
        case UpdateInvoice():
            wanted = asdict(command) | {"metadata": merged_metadata(invoice.metadata, command.metadata)}
            new = {k: v for k, v in wanted.items() if v is not UNSET and getattr(invoice, k) != v}
            return [InvoiceUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]
        case AddLine(line=line, text=text):
            _demand(invoice, {"DRAFT"}, "given another line")
            return [InvoiceLineAdded(line=line, text=text)]
        case FinalizeInvoice(finalization=finalization, attempt=attempt):
            _demand(invoice, {"DRAFT"}, "finalized")
            return _finalized(invoice, finalization, attempt, at)
        case StartAttempt(attempt=attempt):
            _demand(invoice, PAYABLE if attempt.kind == "manual" else {"OPEN"}, "paid")
            if attempt.kind == "retry" and invoice.retries_at[:1] != (attempt.planned_at,):
                raise NothingPlanned
            return [_attempted(invoice, attempt, at)]
        case SkipRetry(planned_at=planned_at):
            if invoice.status != "OPEN" or invoice.retries_at[:1] != (planned_at,):
                raise NothingPlanned
            left = invoice.retries_at[1:]
            return [InvoiceRetrySkipped(planned_at=planned_at, retries_at=left, exhausted=not left)]
        case RecordPaid(payment=payment, amount=amount):
            under_way = invoice.paying is not None and invoice.payment == payment
            return [InvoicePaid(payment=payment, amount_paid=amount)] if under_way else []
        case RecordFailure():
            if invoice.paying is None or invoice.payment != command.payment:
                return []
            failed = _failed(invoice, invoice.paying, command, at)
            return [failed, InvoiceVoided()] if command.voids else [failed]
        case PayOutOfBand():
            _demand(invoice, PAYABLE, "paid")
            return [InvoicePaid(payment=None, amount_paid=invoice.amount_due, out_of_band=True)]
        case EndRetries():
            return [InvoiceRetriesEnded()] if invoice.status == "OPEN" and invoice.dunned else []
        case NoteOverdue():
            late = invoice.status == "OPEN" and not invoice.overdue and invoice.due_at is not None
            return [InvoiceOverdue()] if late and invoice.due_at is not None and invoice.due_at <= at else []
        case VoidInvoice():
            if invoice.status == "VOID":
                return []
            _demand(invoice, PAYABLE, "voided")
            return [InvoiceVoided()]
        case MarkUncollectible():
            if invoice.status == "UNCOLLECTIBLE":
                return []
            _demand(invoice, {"OPEN"}, "written off")
            return [InvoiceMarkedUncollectible()]
        case _:
            assert_never(command)


def _created(command: CreateInvoice, at: datetime) -> Sequence[InvoiceEvent]:
    fields = {name: getattr(command, name) for name in command.__struct_fields__ if name not in HOW}
    created = InvoiceCreated(**fields)
    if command.finalization is None:
        return [created]
    finalized = _finalized(evolve(None, created, at), command.finalization, command.attempt, at)
    ends = {"void": InvoiceVoided(), "uncollectible": InvoiceMarkedUncollectible(), None: None}[command.ends]
    still_open = not any(isinstance(event, InvoicePaid) for event in finalized)
    return [created, *finalized, *([ends] if ends is not None and still_open else [])]


def _finalized(
    invoice: Invoice, finalization: Finalization, attempt: Attempt | None, at: datetime
) -> Sequence[InvoiceEvent]:
    due = bill(invoice.lines, finalization.balance)
    sent = invoice.collection_method == "SEND_INVOICE"
    finalized = InvoiceFinalized(
        number=finalization.number,
        total=due.total,
        starting_balance=due.starting_balance,
        ending_balance=due.ending_balance,
        amount_due=due.amount_due,
        due_at=at + timedelta(days=invoice.days_until_due or 0) if sent else None,
    )
    if due.amount_due == 0:
        return [finalized, InvoicePaid(payment=None, amount_paid=0)]
    if attempt is None:
        return [finalized]
    return [finalized, _attempted(evolve(invoice, finalized, at), attempt, at)]


def _attempted(invoice: Invoice, attempt: Attempt, at: datetime) -> InvoiceEvent:
    if attempt.payment is not None and attempt.payment_method is not None:
        return InvoicePaymentStarted(payment=attempt.payment, payment_method=attempt.payment_method, kind=attempt.kind)
    retries_at = invoice.retries_at[1:] if attempt.kind == "retry" else invoice.retries_at
    retries_at, exhausted = _retries(invoice, attempt.kind, attempt.retry_days, retries_at, at)
    return InvoicePaymentFailed(
        kind=attempt.kind,
        payment=None,
        code=NO_METHOD_CODE,
        message=NO_METHOD,
        retries_at=retries_at,
        held_method=invoice.held_method,
        exhausted=exhausted,
    )


def _failed(invoice: Invoice, kind: AttemptKind, failure: RecordFailure, at: datetime) -> InvoicePaymentFailed:
    retries_at, exhausted = _retries(invoice, kind, failure.retry_days, invoice.retries_at, at)
    return InvoicePaymentFailed(
        kind=kind,
        payment=failure.payment,
        code=failure.code,
        message=failure.message,
        retries_at=retries_at,
        held_method=failure.payment_method if failure.hard else None,
        exhausted=exhausted,
    )


def _retries(
    invoice: Invoice, kind: AttemptKind, days: tuple[int, ...], left: tuple[datetime, ...], at: datetime
) -> tuple[tuple[datetime, ...], bool]:
    """The attempts that remain, and whether this was the last. The first failure plans all; days have 24 hours."""
    if not invoice.dunned or invoice.status != "OPEN" or invoice.collection_method == "SEND_INVOICE":
        return (), False
    if not invoice.planned:
        planned = tuple(at + timedelta(days=day) for day in days)
        return planned, not planned
    return left, kind == "retry" and not left


def _demand(invoice: Invoice, statuses: Set[InvoiceStatus], verb: str) -> None:
    if invoice.status not in statuses:
        first = "; finalize it first" if invoice.status == "DRAFT" else ""
        raise InvoiceUnexpectedState(f"An invoice that is {invoice.status} cannot be {verb}{first}.")
    if invoice.paying is not None:
        raise InvoiceIsBeingPaid


INVOICES: Decider[Invoice, InvoiceCommand, InvoiceEvent] = Decider(
    category="invoice",
    prefix="in",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    subject=lambda command: command.customer if isinstance(command, CreateInvoice) else None,
    clock=lambda invoice: invoice.test_clock,
)
