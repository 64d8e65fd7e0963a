"""Making an invoice and starting its payment: one append, with the number and with what it was made for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from services.billing.customers.commands import BillCustomer
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import Found, demand_currency
from services.billing.invoice_numbers.lookup import NextNumber
from services.billing.invoices.commands import Attempt, CreateInvoice, Finalization
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.events import BillingReason, CollectionMethod
from services.billing.invoices.lines import Bill, Line, bill
from services.billing.invoices.policy import account_of
from services.billing.payments.charging import Begin, Chosen, chosen_method
from services.billing.payments.commands import CreatePayment
from services.billing.payments.decider import PAYMENTS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.money import AMOUNT_MAX
from services.core.refusal import Invalid
from services.core.step import Guard, Step
from services.gateways.gateways import Gateways

# What becomes of the invoice: its payment starts, it waits to be paid, it stays a draft, or it comes to nothing.
Fate = Literal["charge", "open", "draft", "void", "uncollectible"]


class InvoiceTooLarge(Invalid):
    """An invoice comes to at most 99999999."""

    code = "amount_too_large"


class Plan(Struct, frozen=True, kw_only=True):
    """An invoice to be made. `lead` are the steps that it is made with, the first of them what the request is about;
    `named` is the method to charge before the customer's own; `returned` what comes to the customer's balance in the
    same append, because an invoice is voided with it."""

    id: str
    customer: Found
    currency: str
    reason: BillingReason
    lines: Sequence[Line]
    period_start_at: datetime
    period_end_at: datetime
    fate: Fate = "charge"
    collection_method: CollectionMethod = "CHARGE_AUTOMATICALLY"
    days_until_due: int | None = None
    subscription: str | None = None
    named: str | None = None
    dunned: bool = True
    texts: Mapping[str, str] = {}
    description: str | None = None
    metadata: Mapping[str, str] = {}
    lead: Sequence[Step] = ()
    guards: Sequence[Guard] = ()
    handed_over: bool = False
    returned: int = 0


def billed(plan_lines: Sequence[Line], customer: Found, currency: str, returned: int = 0) -> Bill:
    """What the lines come to for this customer. Raises Invalid when that cannot be invoiced."""
    demand_currency(customer.customer, currency)
    due = bill(plan_lines, customer.customer.balance + returned)
    if max(due.amount_due, abs(due.total)) > AMOUNT_MAX:
        raise InvoiceTooLarge(f"The invoice would come to {due.total}; {AMOUNT_MAX} is the most.")
    return due


async def issue(engine: Engine, services: Mapping[type, Any], envelope: Envelope, plan: Plan) -> Begin:
    """What is to be recorded to make this invoice."""
    due = billed(plan.lines, plan.customer, plan.currency, plan.returned)
    guards = [*plan.guards, plan.customer.guard]
    if plan.fate == "draft":
        given_back = [Step(CUSTOMERS, plan.customer.customer.id, BillCustomer(plan.currency, plan.returned, plan.id))]
        return Begin([*plan.lead, _creation(plan, None, None), *(given_back if plan.returned else [])], guards)
    chosen = Chosen(None)
    gateways: Gateways = services[Gateways]
    if plan.fate == "charge" and due.amount_due and plan.collection_method == "CHARGE_AUTOMATICALLY":
        chosen = await method_to_charge(engine, gateways, envelope, plan.customer, plan.named)
    payment = new_id(PAYMENTS.prefix) if chosen.method is not None else None
    gateway = "" if payment is None else (await gateways.chosen(envelope)).name
    prefix = (await account_of(engine, envelope)).invoice_prefix

    def numbered(next_number: NextNumber) -> Sequence[Step]:
        balance = 0 if plan.fate == "void" else due.starting_balance
        number = f"{prefix}-{next_number.number:06d}"
        attempt = None
        charge: list[Step] = []
        if chosen.method is not None and payment is not None:
            attempt = Attempt(kind="first", payment=payment, payment_method=chosen.method.id)
            command = CreatePayment(
                id=payment,
                amount=due.amount_due,
                currency=plan.currency,
                gateway=gateway,
                customer=plan.customer.customer.id,
                method=chosen.method,
                handed_over=plan.handed_over,
                description=f"Invoice {number}",
                invoice=plan.id,
                subscription=plan.subscription,
                test_clock=plan.customer.customer.test_clock,
            )
            charge = [Step(PAYMENTS, payment, command, fresh=True, clock=command.test_clock), *chosen.steps]
        creation = _creation(plan, Finalization(number=number, balance=balance), attempt)
        return [*plan.lead, creation, next_number.to(plan.id), *_customer_steps(plan, due), *charge]

    return Begin((), [*guards, *chosen.guards], payment, numbered)


async def method_to_charge(
    engine: Engine, gateways: Gateways, envelope: Envelope, customer: Found, named: str | None
) -> Chosen:
    """The method named, else the customer's default, else in test the sandbox card; none when it cannot be charged."""
    state = customer.customer
    try:
        return await chosen_method(
            engine, gateways, envelope, named=named, default=state.default_payment_method, customer=customer
        )
    except Invalid:
        return Chosen(None)


def _creation(plan: Plan, finalization: Finalization | None, attempt: Attempt | None) -> Step:
    customer = plan.customer.customer
    command = CreateInvoice(
        id=plan.id,
        customer=customer.id,
        currency=plan.currency,
        billing_reason=plan.reason,
        lines=tuple(plan.lines),
        period_start_at=plan.period_start_at,
        period_end_at=plan.period_end_at,
        collection_method=plan.collection_method,
        subscription=plan.subscription,
        days_until_due=plan.days_until_due,
        # A subscription may have another method by the time of the next attempt.
        payment_method=plan.named if plan.subscription is None else None,
        dunned=plan.dunned,
        texts=dict(plan.texts),
        description=plan.description,
        metadata=dict(plan.metadata),
        test_clock=customer.test_clock,
        finalization=finalization,
        attempt=attempt,
        ends="void" if plan.fate == "void" else "uncollectible" if plan.fate == "uncollectible" else None,
    )
    return Step(INVOICES, plan.id, command, fresh=True, clock=customer.test_clock)


def _customer_steps(plan: Plan, due: Bill) -> list[Step]:
    change = plan.returned + (due.ending_balance - due.starting_balance if plan.fate != "void" else 0)
    if plan.customer.customer.currency is not None and not change:
        return []
    return [Step(CUSTOMERS, plan.customer.customer.id, BillCustomer(plan.currency, change, plan.id))]
