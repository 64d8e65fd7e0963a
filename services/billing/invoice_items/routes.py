"""The calls that make and delete invoice items."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.billing.customers.lookup import demand_currency, existing_customer
from services.billing.invoice_items.commands import CreateInvoiceItem, DeleteInvoiceItem
from services.billing.invoice_items.decider import INVOICE_ITEMS
from services.billing.invoice_items.events import PUBLISHED
from services.billing.invoice_items.lookup import line_of
from services.billing.invoice_items.state import InvoiceItem
from services.billing.invoice_items.views import InvoiceItemObject, invoice_item_object
from services.billing.invoices.commands import AddLine
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.issuing import billed
from services.billing.invoices.lookup import draft_of
from services.billing.prices.lookup import existing_price
from services.billing.prices.terms import described, exact_amount
from services.core.again import reading_again
from services.core.capability import Capability
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.fields import LongText, MetadataDraft, currency_code, merged_metadata, one_of
from services.core.ids import new_id
from services.core.money import AMOUNT_MAX, round_half_away
from services.core.operation import Call, Operation, Reply
from services.core.period import whole_second
from services.core.refusal import Invalid
from services.core.step import Handled, Step
from services.core.wire import DeletedObject, ok

QUANTITY_MAX = 1_000_000


class InvoiceItemDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to put on the customer's next invoice, one that you create, the first or the next of a subscription, or
    that of a change which is invoiced at once; or on `invoice`, a draft: an `amount` with its `currency`, or a
    `quantity` of a one-time `price`. Below zero it is a credit."""

    customer: str
    amount: Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)] | None = None
    currency: str | None = None
    price: str | None = None
    invoice: str | None = None
    quantity: Annotated[int, Meta(ge=0, le=QUANTITY_MAX)] = 1
    description: LongText | None = None
    metadata: MetadataDraft | Literal[""] | None = None


async def create(call: Call[InvoiceItemDraft, None]) -> Reply:
    """Makes an invoice item; it waits for the customer's next invoice, or stands on the draft that is named."""
    draft, envelope = call.body, call.envelope
    id = new_id(INVOICE_ITEMS.prefix)
    if (draft.amount is None) == (draft.price is None):
        raise one_of("amount", "price", both=draft.amount is not None)
    if draft.amount is not None and not draft.currency:
        raise Invalid("'currency' is missing.", code="parameter_missing", param="currency")

    async def handled() -> Handled[InvoiceItem]:
        customer = await existing_customer(call.engine, envelope, draft.customer)
        at = whole_second(await call.engine.now_on(envelope, customer.customer.test_clock))
        priced = await _priced(call.engine, envelope, draft)
        demand_currency(customer.customer, priced.currency, param="currency" if draft.price is None else "price")
        command = CreateInvoiceItem(
            id=id,
            customer=draft.customer,
            currency=priced.currency,
            amount=priced.amount,
            exact=priced.exact,
            period_start_at=at,
            period_end_at=at,
            quantity=draft.quantity,
            price=priced.price,
            product=priced.product,
            description=priced.words,
            metadata=merged_metadata({}, draft.metadata),
            test_clock=customer.customer.test_clock,
            invoice=draft.invoice or None,
        )
        steps = [Step(INVOICE_ITEMS, id, command, fresh=True, clock=command.test_clock)]
        guards = [customer.guard]
        if command.invoice is not None:
            found = await draft_of(call.engine, envelope, command.invoice, command.customer, command.currency)
            line = line_of(command)
            billed([*found.invoice.lines, line], customer, command.currency)
            steps.append(Step(INVOICES, command.invoice, AddLine(line, command.description)))
            guards.append(found.guard)
        return await call.engine.handle(
            envelope,
            steps,
            guards=guards,
            settles=lambda item: ok(invoice_item_object(item, envelope.livemode)),
        )

    await call.engine.look_up(envelope)
    return Reply.of(await reading_again(handled))


class _Priced(Struct, frozen=True, kw_only=True):
    """What an item comes to; `exact` writes the amount out before its rounding."""

    amount: int
    exact: str
    words: str
    currency: str
    price: str | None = None
    product: str | None = None


async def _priced(engine: Engine, envelope: Envelope, draft: InvoiceItemDraft) -> _Priced:
    if draft.price is None:
        amount = draft.amount or 0
        words, currency = draft.description or "", currency_code(draft.currency or "")
        return _Priced(amount=amount, exact=str(amount), words=words, currency=currency)
    found = await existing_price(engine, envelope, draft.price)
    terms = found.terms
    if terms.cycle is not None:
        raise Invalid(f"The price '{draft.price}' is recurring; it needs a subscription.", param="price")
    cost = exact_amount(terms, draft.quantity)
    return _Priced(
        amount=round_half_away(cost),
        exact=str(cost),
        words=draft.description or described(terms, draft.quantity),
        currency=terms.currency,
        price=found.id,
        product=terms.product,
    )


async def delete(call: Call[None, None]) -> Reply:
    """Deletes an item that stands on no invoice yet."""
    id = call.path["id"]
    answer = ok(DeletedObject(id=id, object="invoice_item"))
    step = Step(INVOICE_ITEMS, id, DeleteInvoiceItem())
    return Reply.of(await call.engine.handle(call.envelope, step, settles=lambda _item: answer))


CAPABILITY = Capability(
    name="invoice_items",
    object="invoice_item",
    decider=INVOICE_ITEMS,
    view=invoice_item_object,
    view_type=InvoiceItemObject,
    state_type=InvoiceItem,
    published=PUBLISHED,
    filters={
        "customer": lambda item: item.customer,
        "invoice": lambda item: item.invoice,
        "pending": lambda item: "true" if item.invoice is None else "false",
    },
    expands={"customer": "customer", "invoice": "invoice", "price": "price"},
    gone=lambda item: item.deleted_at,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/invoice_items",
            summary="Create an invoice item",
            perform=create,
            needs="invoice_items:write",
            body=InvoiceItemDraft,
            answers=InvoiceItemObject,
        ),
        Operation(
            methods=("DELETE",),
            path="/v1/invoice_items/{id}",
            summary="Delete an invoice item",
            perform=delete,
            needs="invoice_items:write",
            answers=DeletedObject,
        ),
    ),
)
