"""The calls that make, finalize, collect, void and write off invoices."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.customers.commands import BillCustomer
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import customer_of, existing_customer
from services.billing.invoice_items.lookup import Pending, pending_items
from services.billing.invoice_numbers.lookup import NextNumber
from services.billing.invoices.commands import (
    Finalization,
    FinalizeInvoice,
    InvoiceCommand,
    MarkUncollectible,
    PayOutOfBand,
    UpdateInvoice,
    VoidInvoice,
)
from services.billing.invoices.decider import INVOICES, PAYABLE, InvoiceUnexpectedState
from services.billing.invoices.effects import attempt, attend, due, why
from services.billing.invoices.events import PUBLISHED, CollectionMethod
from services.billing.invoices.issuing import Plan, billed, issue
from services.billing.invoices.lookup import existing_invoice
from services.billing.invoices.policy import account_of, paid_steps, voiding
from services.billing.invoices.state import Invoice
from services.billing.invoices.views import InvoiceObject, invoice_object, linked
from services.billing.payments.charging import Begin, Topic, begin_and_settle, nobody_waits
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.settling import States
from services.billing.payments.views import charge_answer
from services.core.capability import Capability
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.fields import LongText, MetadataDraft, cleared, currency_code, merged_metadata
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.period import whole_second
from services.core.reader import NOTHING_KNOWN
from services.core.refusal import Invalid
from services.core.step import Answer, Step
from services.core.wire import ok

NEEDS = "invoices:write"


class InvoiceDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new invoice, a draft, with all items of the customer that wait in its currency, unless they are excluded. With
    `auto_advance` it is charged by itself once it is finalized, and again by the account's dunning."""

    customer: str
    currency: str | None = None
    collection_method: CollectionMethod = "CHARGE_AUTOMATICALLY"
    days_until_due: Annotated[int, Meta(ge=0, le=730)] | None = None
    payment_method: str | None = None
    auto_advance: bool = False
    pending_invoice_items_behavior: Literal["INCLUDE", "EXCLUDE"] = "INCLUDE"
    description: LongText | None = None
    metadata: MetadataDraft | Literal[""] | None = None


class InvoicePatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to an invoice; what is absent stays as it is."""

    payment_method: str | UnsetType | None = UNSET
    description: LongText | UnsetType | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


class Pay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`payment_method`: the one to charge; `paid_out_of_band` records that it was paid in some other way."""

    payment_method: str | None = None
    paid_out_of_band: bool = False


def _topic(call: Call[Any, None]) -> Topic:
    """Requests about an invoice answer it; or, when its payment was declined, why."""

    def answer(states: States, id: str, envelope: Envelope) -> Answer:
        invoice = states[INVOICES.stream(id)]
        answered = ok(CAPABILITY.shown(call.engine, envelope.tenant, invoice, livemode=envelope.livemode))
        for stream, state in states.items():
            if stream.startswith(f"{PAYMENTS.category}-"):
                charged = charge_answer(state, envelope)
                if charged.status != answered.status:
                    return charged
        return answered

    return Topic(decider=INVOICES, unchanged=UpdateInvoice(), answer=answer, payment_of=_payment_of)


async def _payment_of(engine: Engine, envelope: Envelope, id: str) -> str | None:
    invoice = (await engine.load(INVOICES, envelope.tenant, id)).state
    return None if invoice is None else invoice.payment


async def create(call: Call[InvoiceDraft, None]) -> Reply:
    """Makes a draft of what waits for the customer."""
    draft, envelope, engine = call.body, call.envelope, call.engine
    id = new_id(INVOICES.prefix)
    sends = draft.collection_method == "SEND_INVOICE"
    if sends != (draft.days_until_due is not None):
        raise Invalid("'days_until_due' goes with 'collection_method' SEND_INVOICE.", param="days_until_due")

    async def begin() -> Begin:
        customer = await existing_customer(engine, envelope, draft.customer)
        currency = currency_code(draft.currency) if draft.currency else customer.customer.currency
        if currency is None:
            currency = (await account_of(engine, envelope)).default_currency
        items = Pending(())
        if draft.pending_invoice_items_behavior == "INCLUDE":
            items = await pending_items(engine, envelope, draft.customer, currency)
        at = whole_second(await engine.now_on(envelope, customer.customer.test_clock))
        plan = Plan(
            id=id,
            customer=customer,
            currency=currency,
            reason="MANUAL",
            lines=items.lines,
            texts=items.texts_from(0),
            period_start_at=at,
            period_end_at=at,
            fate="draft",
            collection_method=draft.collection_method,
            days_until_due=draft.days_until_due,
            named=draft.payment_method or None,
            dunned=draft.auto_advance,
            description=draft.description or None,
            metadata=merged_metadata({}, draft.metadata),
        )
        begun = await issue(engine, call.services, envelope, plan)
        return Begin([*begun.steps, *items.invoiced(id)], [*begun.guards, *items.guards])

    return await begin_and_settle(call, begin, _topic(call))


async def update(call: Call[InvoicePatch, None]) -> Reply:
    """Changes an invoice."""
    patch = call.body
    command = UpdateInvoice(
        payment_method=cleared(patch.payment_method), description=cleared(patch.description), metadata=patch.metadata
    )
    return await _one_command(call, command)


async def finalize(call: Call[Any, None]) -> Reply:
    """Gives the draft its number; from now on it can be paid and no longer changed."""
    engine, envelope, id = call.engine, call.envelope, call.path["id"]

    async def begin() -> Begin:
        found = await existing_invoice(engine, envelope, id)
        invoice = found.invoice
        if invoice.status != "DRAFT":
            raise InvoiceUnexpectedState(f"An invoice that is {invoice.status} cannot be finalized.")
        customer = await customer_of(engine, envelope, invoice.customer)
        bill = billed(invoice.lines, customer, invoice.currency)
        prefix = (await account_of(engine, envelope)).invoice_prefix

        def numbered(number: NextNumber) -> list[Step]:
            finalization = Finalization(number=f"{prefix}-{number.number:06d}", balance=bill.starting_balance)
            change = bill.ending_balance - bill.starting_balance
            steps = [Step(INVOICES, id, FinalizeInvoice(finalization=finalization)), number.to(id)]
            if change or customer.customer.currency is None:
                steps.append(Step(CUSTOMERS, invoice.customer, BillCustomer(invoice.currency, change, id)))
            return steps

        return Begin((), [found.guard, customer.guard], None, numbered)

    return await begin_and_settle(call, begin, _topic(call))


async def pay(call: Call[Pay, None]) -> Reply:
    """Charges an open invoice and waits for the outcome, or records that it was paid in some other way."""
    engine, envelope, id = call.engine, call.envelope, call.path["id"]

    async def begin() -> Begin:
        found = await existing_invoice(engine, envelope, id)
        if call.body.paid_out_of_band:
            return Begin([Step(INVOICES, id, PayOutOfBand()), *paid_steps(found.invoice, NOTHING_KNOWN)], [found.guard])
        if found.invoice.status not in PAYABLE:
            raise InvoiceUnexpectedState(f"An invoice that is {found.invoice.status} cannot be paid.")
        return await attempt(
            engine,
            call.services,
            envelope,
            found,
            kind="manual",
            named=call.body.payment_method,
            handed_over=nobody_waits(call),
        )

    return await begin_and_settle(call, begin, _topic(call))


async def void(call: Call[Any, None]) -> Reply:
    """Voids an open invoice; credit that it used is given back."""
    engine, envelope, id = call.engine, call.envelope, call.path["id"]

    async def begin() -> Begin:
        found = await existing_invoice(engine, envelope, id)
        invoice = found.invoice
        if invoice.status not in {"OPEN", "UNCOLLECTIBLE"}:
            return Begin([Step(INVOICES, id, VoidInvoice())], [found.guard])
        follow = await voiding(engine, envelope, invoice)
        return Begin([Step(INVOICES, id, VoidInvoice()), *follow.steps], [found.guard, *follow.guards])

    return await begin_and_settle(call, begin, _topic(call))


async def mark_uncollectible(call: Call[Any, None]) -> Reply:
    """Writes an open invoice off; it stays owed, and can still be paid."""
    return await _one_command(call, MarkUncollectible())


async def _one_command(call: Call[Any, None], command: InvoiceCommand) -> Reply:
    async def begin() -> Begin:
        return Begin([Step(INVOICES, call.path["id"], command)])

    return await begin_and_settle(call, begin, _topic(call))


def _action(name: str, summary: str, perform: Any, body: type[Struct] | None = None, **more: Any) -> Operation:
    return Operation(
        methods=("POST",),
        path=f"/v1/invoices/{{id}}/{name}",
        summary=summary,
        perform=perform,
        needs=NEEDS,
        body=body,
        answers=InvoiceObject,
        **more,
    )


CAPABILITY = Capability(
    name="invoices",
    object="invoice",
    decider=INVOICES,
    view=invoice_object,
    view_type=InvoiceObject,
    linked=linked,
    state_type=Invoice,
    published=PUBLISHED,
    filters={
        "customer": lambda invoice: invoice.customer,
        "status": lambda invoice: invoice.status,
        "subscription": lambda invoice: invoice.subscription,
        "collection_method": lambda invoice: invoice.collection_method,
        "number": lambda invoice: invoice.number,
        "test_clock": lambda invoice: invoice.test_clock,
    },
    expands={
        "customer": "customer",
        "subscription": "subscription",
        "payment": "payment",
        "payment_method": "payment_method",
        "test_clock": "test_clock",
    },
    due=due,
    why=why,
    attend=attend,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/invoices",
            summary="Create an invoice",
            perform=create,
            needs=NEEDS,
            body=InvoiceDraft,
            answers=InvoiceObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/invoices/{id}",
            summary="Update an invoice",
            perform=update,
            needs=NEEDS,
            body=InvoicePatch,
            answers=InvoiceObject,
        ),
        _action("finalize", "Finalize an invoice", finalize),
        _action("pay", "Pay an invoice", pay, Pay, charges=True),
        _action("void", "Void an invoice", void),
        _action("mark_uncollectible", "Write an invoice off", mark_uncollectible),
    ),
)
