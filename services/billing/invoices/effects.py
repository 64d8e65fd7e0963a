"""Attempts to collect an invoice: those that somebody asks for, and those that are made by themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.billing.customers.lookup import customer_of
from services.billing.invoices.commands import Attempt, NoteOverdue, SkipRetry, StartAttempt
from services.billing.invoices.decider import (
    INVOICES,
    InvoiceIsBeingPaid,
    InvoiceUnexpectedState,
    NothingPlanned,
)
from services.billing.invoices.events import AttemptKind
from services.billing.invoices.issuing import method_to_charge
from services.billing.invoices.lookup import FoundInvoice, existing_invoice
from services.billing.invoices.policy import account_of, unpaid_steps
from services.billing.invoices.state import Invoice
from services.billing.payments.charging import Begin, Chosen, begin_for_nobody, chosen_method
from services.billing.payments.commands import ConfirmPayment, CreatePayment, Method
from services.billing.payments.decider import CONFIRMABLE, PAYMENTS
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.refusal import Conflict
from services.core.step import Guard, Step
from services.gateways.gateways import Gateways


class NoMethod(Conflict):
    """Neither this request nor the invoice, its subscription or its customer names a payment method: name one
    here, or set the customer's 'default_payment_method'."""

    code = "payment_method_missing"


def due(invoice: Invoice) -> datetime | None:
    """When the invoice needs something done by itself: its first attempt, a planned one, or to be called overdue."""
    if invoice.status != "OPEN" or invoice.paying is not None:
        return None
    if invoice.collection_method == "SEND_INVOICE":
        return None if invoice.overdue else invoice.due_at
    if invoice.dunned and invoice.attempts == 0:
        return invoice.finalized_at
    return invoice.retries_at[0] if invoice.retries_at else None


def why(invoice: Invoice) -> str:
    """What is to be done then, in words."""
    if invoice.collection_method == "SEND_INVOICE":
        return "is overdue: it was sent and not paid"
    if invoice.attempts == 0:
        return "is charged for the first time"
    left = len(invoice.retries_at)
    return f"is charged again, after: {invoice.last_error or 'a failure'} ({left} planned attempts left)"


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: does what is due now, if nobody else has done it."""
    await begin_for_nobody(
        engine,
        services,
        envelope,
        lambda: _begin(engine, services, envelope, id),
        NothingPlanned,
        InvoiceIsBeingPaid,
        InvoiceUnexpectedState,
    )


async def _begin(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> Begin | None:
    found = await existing_invoice(engine, envelope, id)
    invoice = found.invoice
    when = due(invoice)
    if when is None or when > await engine.now_on(envelope, invoice.test_clock):
        return None
    if invoice.collection_method == "SEND_INVOICE":
        command = NoteOverdue()
        follows = await unpaid_steps(engine, envelope, invoice, command, "PAST_DUE")
        return Begin([Step(INVOICES, id, command), *follows], [found.guard])
    kind: AttemptKind = "first" if invoice.attempts == 0 else "retry"
    return await attempt(engine, services, envelope, found, kind=kind, named=None, planned_at=when)


async def attempt(
    engine: Engine,
    services: Mapping[type, Any],
    envelope: Envelope,
    found: FoundInvoice,
    *,
    kind: AttemptKind,
    named: str | None,
    planned_at: datetime | None = None,
    handed_over: bool = False,
) -> Begin:
    """What is to be recorded to charge an open invoice. Raises NoMethod when somebody asked and there is none."""
    invoice, gateways = found.invoice, services[Gateways]
    customer = await customer_of(engine, envelope, invoice.customer)
    wanted = invoice.payment_method or await _of_subscription(engine, envelope, invoice)
    if kind == "manual" and named is not None:
        chosen = await chosen_method(engine, gateways, envelope, named=named, default=None, customer=customer)
    else:
        chosen = await method_to_charge(engine, gateways, envelope, customer, wanted)
    if kind == "manual" and chosen.method is None:
        raise NoMethod(param="payment_method")
    guards = [found.guard, *chosen.guards]
    if chosen.method is None or (kind == "retry" and chosen.method.id == invoice.held_method):
        return await _without(engine, envelope, invoice, kind, chosen, planned_at, guards)
    payment, step, guard = await _payment_step(engine, gateways, envelope, invoice, chosen.method, handed_over)
    started = Attempt(kind=kind, payment=payment, payment_method=chosen.method.id, planned_at=planned_at)
    steps = [Step(INVOICES, invoice.id, StartAttempt(started)), step, *chosen.steps]
    return Begin(steps, [*guards, *guard], payment)


async def _without(
    engine: Engine,
    envelope: Envelope,
    invoice: Invoice,
    kind: AttemptKind,
    chosen: Chosen,
    planned_at: datetime | None,
    guards: list[Guard],
) -> Begin:
    """An attempt that cannot be made: there is no method, or only one that was declined for good."""
    account = await account_of(engine, envelope)
    if chosen.method is not None and planned_at is not None:
        command = SkipRetry(planned_at)
    else:
        days = account.dunning_offset_days
        command = StartAttempt(
            Attempt(kind=kind, payment=None, payment_method=None, retry_days=days, planned_at=planned_at)
        )
    follows = await unpaid_steps(engine, envelope, invoice, command, account.dunning_end)
    return Begin([Step(INVOICES, invoice.id, command), *follows], guards)


async def _payment_step(
    engine: Engine, gateways: Gateways, envelope: Envelope, invoice: Invoice, method: Method, handed_over: bool
) -> tuple[str, Step, list[Guard]]:
    """One payment serves an invoice: what was declined is confirmed again, with what may be another method."""
    if invoice.payment is not None:
        loaded = await engine.load(PAYMENTS, envelope.tenant, invoice.payment)
        if loaded.state is not None and loaded.state.status in CONFIRMABLE:
            again = Step(PAYMENTS, invoice.payment, ConfirmPayment(method=method, handed_over=handed_over))
            return invoice.payment, again, [Guard(PAYMENTS.stream(invoice.payment), loaded.head)]
        if loaded.state is not None and loaded.state.status != "CANCELED":
            # It is under way, or made: another one would charge twice.
            raise InvoiceIsBeingPaid
    command = CreatePayment(
        id=new_id(PAYMENTS.prefix),
        amount=invoice.amount_due,
        currency=invoice.currency,
        gateway=(await gateways.chosen(envelope)).name,
        customer=invoice.customer,
        method=method,
        handed_over=handed_over,
        description=f"Invoice {invoice.number}",
        invoice=invoice.id,
        subscription=invoice.subscription,
        test_clock=invoice.test_clock,
    )
    return command.id, Step(PAYMENTS, command.id, command, fresh=True, clock=invoice.test_clock), []


async def _of_subscription(engine: Engine, envelope: Envelope, invoice: Invoice) -> str | None:
    if invoice.subscription is None:
        return None
    subscription = (await engine.load(SUBSCRIPTIONS, envelope.tenant, invoice.subscription)).state
    return None if subscription is None else subscription.default_payment_method
