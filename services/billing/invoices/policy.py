"""What follows for an invoice, its subscription and its customer when a payment has an outcome. It is recorded in the
same append as the outcome, so that none of them is ever seen without the others."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from services.billing.accounts.decider import ACCOUNTS
from services.billing.accounts.events import DunningEnd
from services.billing.accounts.state import Account
from services.billing.customers.commands import BillCustomer, MarkDelinquent
from services.billing.customers.decider import CUSTOMERS
from services.billing.invoice_items.commands import ReleaseIt
from services.billing.invoice_items.decider import INVOICE_ITEMS
from services.billing.invoices.commands import (
    Attempt,
    EndRetries,
    InvoiceCommand,
    RecordFailure,
    RecordPaid,
    StartAttempt,
)
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.events import InvoicePaymentFailed, InvoiceRetrySkipped
from services.billing.invoices.state import Invoice
from services.billing.payment_schedules.policy import HARD_DECLINES, when_answered
from services.billing.payments.commands import Method, PaymentCommand, RecordOutcome
from services.billing.payments.state import Payment
from services.billing.subscriptions.commands import (
    DropChange,
    ForgetInvoice,
    RecordInvoicePaid,
    RecordInvoiceUnpaid,
    Withdraw,
)
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.reader import Known
from services.core.step import Guard, Step
from services.gateways.gateway import Captured, Declined


class Follow(Struct, frozen=True):
    """Steps to take in the same append, and the guards by which they were chosen."""

    steps: Sequence[Step] = ()
    guards: Sequence[Guard] = ()


async def following(
    engine: Engine, envelope: Envelope, payment: Payment, command: PaymentCommand, known: Known
) -> Follow:
    """What follows when the gateway has answered; `known` are objects that were just written."""
    if not isinstance(command, RecordOutcome):
        return Follow()
    if payment.schedule is not None:
        days = (await account_of(engine, envelope)).dunning_offset_days
        return Follow(when_answered(payment, payment.schedule, command, days))
    if payment.invoice is None:
        return Follow()
    loaded = known.get(INVOICES.stream(payment.invoice))
    loaded = loaded or await engine.load(INVOICES, envelope.tenant, payment.invoice)
    invoice = loaded.state
    if invoice is None or invoice.paying is None or invoice.payment != payment.id:
        return Follow()
    guards = [Guard(INVOICES.stream(invoice.id), loaded.head)]
    match command.outcome:
        case Captured(amount=amount):
            step = Step(INVOICES, invoice.id, RecordPaid(payment.id, amount), known=loaded)
            return Follow([step, *paid_steps(invoice, known)], guards)
        case Declined(code=code, decline_code=decline_code, message=message):
            account = await account_of(engine, envelope)
            given_up = await _given_up(engine, envelope, invoice)
            failure = RecordFailure(
                payment=payment.id,
                payment_method=payment.attempts[-1].payment_method,
                code=decline_code or code,
                message=message,
                hard=decline_code in HARD_DECLINES,
                retry_days=account.dunning_offset_days,
                voids=bool(given_up),
            )
            step = Step(INVOICES, invoice.id, failure, known=loaded)
            if given_up:
                return Follow([step, *given_up, *unused(invoice), *released(invoice)], guards)
            follows = await unpaid_steps(engine, envelope, invoice, failure, account.dunning_end)
            return Follow([step, *follows], guards)
        case _:
            return Follow()


def confirming(payment: Payment, method: Method) -> list[Step]:
    """What follows when somebody confirms a payment again: its invoice knows that it is being paid."""
    if payment.invoice is None:
        return []
    attempt = Attempt(kind="manual", payment=payment.id, payment_method=method.id)
    return [Step(INVOICES, payment.invoice, StartAttempt(attempt))]


def paid_steps(invoice: Invoice, known: Known) -> list[Step]:
    """What follows when an invoice is paid."""
    customer = known.get(CUSTOMERS.stream(invoice.customer))
    steps = [Step(CUSTOMERS, invoice.customer, MarkDelinquent(False), known=customer)]
    if invoice.subscription is not None:
        paid, subscription = RecordInvoicePaid(invoice.id), known.get(SUBSCRIPTIONS.stream(invoice.subscription))
        steps.append(Step(SUBSCRIPTIONS, invoice.subscription, paid, known=subscription))
    return steps


async def unpaid_steps(
    engine: Engine, envelope: Envelope, invoice: Invoice, command: InvoiceCommand, end: DunningEnd
) -> list[Step]:
    """What follows when `command`, a failure, is recorded of an invoice: with the last attempt the account's choice."""
    steps: list[Step] = []
    if invoice.status != "OPEN":
        # Of what is written off nothing more follows.
        return steps
    if invoice.dunned:
        steps.append(Step(CUSTOMERS, invoice.customer, MarkDelinquent(True)))
    if invoice.subscription is None:
        return steps
    exhausted = any(
        isinstance(event, InvoicePaymentFailed | InvoiceRetrySkipped) and event.exhausted
        for event in INVOICES.decide(invoice, command, envelope.at)
    )
    steps.append(Step(SUBSCRIPTIONS, invoice.subscription, RecordInvoiceUnpaid(invoice.id, exhausted, end)))
    if exhausted and end == "CANCEL":
        state = (await engine.load(SUBSCRIPTIONS, envelope.tenant, invoice.subscription)).state
        steps += end_retries([] if state is None else [owed for owed in state.owed if owed != invoice.id])
    return steps


def end_retries(owed: Iterable[str]) -> list[Step]:
    """Once a subscription has ended, nothing more is tried by itself to collect what is owed for it."""
    return [Step(INVOICES, each, EndRetries()) for each in owed]


def unused(invoice: Invoice) -> list[Step]:
    """What follows when an open invoice is voided: the balance is as it was before."""
    change = invoice.starting_balance - (invoice.ending_balance or 0)
    if not change:
        return []
    return [Step(CUSTOMERS, invoice.customer, BillCustomer(invoice.currency, change, invoice.id))]


def released(invoice: Invoice) -> list[Step]:
    """What follows when an invoice comes to nothing because nobody paid what it was made for: the customer's items on
    it wait for the next one."""
    items = [line.invoice_item for line in invoice.lines if line.invoice_item is not None]
    return [Step(INVOICE_ITEMS, item, ReleaseIt(invoice.id)) for item in items]


async def voiding(engine: Engine, envelope: Envelope, invoice: Invoice) -> Follow:
    """What follows when somebody voids an invoice that is owed. Where a subscription, or a change of one, would have
    begun with it, the customer's items on it are still to be paid."""
    steps = unused(invoice)
    if invoice.subscription is None:
        return Follow(steps)
    loaded = await engine.load(SUBSCRIPTIONS, envelope.tenant, invoice.subscription)
    subscription = loaded.state
    assert subscription is not None, "an invoice of a subscription was made for one that is there"
    first = subscription.status == "INCOMPLETE" and subscription.latest_invoice == invoice.id
    if first or (subscription.waiting is not None and subscription.waiting.invoice == invoice.id):
        steps += released(invoice)
    guard = Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head)
    return Follow([*steps, Step(SUBSCRIPTIONS, subscription.id, ForgetInvoice(invoice.id))], [guard])


async def account_of(engine: Engine, envelope: Envelope) -> Account:
    """The account with its settings."""
    tenant = await engine.tenants.open(envelope.account, envelope.tenant.shard)
    account = (await engine.load(ACCOUNTS, tenant, envelope.account)).state
    assert account is not None, "a tenant belongs to an account"
    return account


async def _given_up(engine: Engine, envelope: Envelope, invoice: Invoice) -> list[Step]:
    """What is given up with a declined payment that was required: a subscription that would have begun with it, or a
    change of one."""
    if invoice.subscription is None:
        return []
    subscription = (await engine.load(SUBSCRIPTIONS, envelope.tenant, invoice.subscription)).state
    if subscription is None:
        return []
    waiting = subscription.waiting
    if waiting is not None and waiting.invoice == invoice.id and waiting.required:
        return [Step(SUBSCRIPTIONS, subscription.id, DropChange(invoice.id, "declined"))]
    first = invoice.billing_reason == "SUBSCRIPTION_CREATE" and subscription.status == "INCOMPLETE"
    required = subscription.payment_behavior == "ERROR_IF_INCOMPLETE"
    return [Step(SUBSCRIPTIONS, subscription.id, Withdraw())] if first and required else []
