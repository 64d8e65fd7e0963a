"""The laws of money, kept beside what is recorded: each side of a law is counted by itself, and where both differ the
row is broken. Only what changes is touched, so that the laws can be looked at at any time for the price of an index."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from eventstore.pool import Connection
from projections.laws.rows import (
    COUNT_NUMBERS,
    INVOICES,
    KEEP_ASIDE,
    KEEP_BALANCES,
    KEEP_CARRIED,
    KEEP_INVOICES,
    KEEP_NUMBERS,
    KEEP_PAID,
    KEEP_PERIODS,
    KEEP_RECEIVED,
    KEEP_REFUNDS,
    KEEP_SETTLED,
    InvoiceRow,
)
from projections.projection import sql_beside
from services.billing.customers.events import CustomerBalanceChanged
from services.billing.invoice_numbers.events import InvoiceNumbered
from services.billing.invoices.events import InvoiceCreated, InvoiceFinalized, InvoicePaid, InvoiceVoided
from services.billing.payments.events import (
    PaymentCaptured,
    PaymentCreated,
    PaymentRefundReleased,
    PaymentRefundStarted,
    PaymentSucceeded,
)
from services.billing.refunds.events import RefundCreated, RefundFailed, RefundReturned
from services.core.decider import object_id
from services.core.event import Fact, tag_of

Key = tuple[int, int, str]
# In this order: a row is made before it is changed.
STATEMENTS = (
    KEEP_SETTLED,
    KEEP_RECEIVED,
    KEEP_PAID,
    KEEP_REFUNDS,
    KEEP_ASIDE,
    KEEP_BALANCES,
    KEEP_NUMBERS,
    KEEP_PERIODS,
)


class Laws:
    """Counts both sides of every law."""

    name = "laws"
    revision = 2
    wants: frozenset[str] | None = frozenset(
        {
            "customer.balance_changed",
            "invoice.created",
            "invoice.finalized",
            "invoice.paid",
            "invoice.voided",
            "invoice_number.given",
            "payment.captured",
            "payment.created",
            "payment.refund_released",
            "payment.refund_started",
            "payment.succeeded",
            "refund.created",
            "refund.failed",
            "refund.returned",
        }
    )
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {
        "settled": "*",
        "refunds": "*",
        "invoices": "*",
        "balances": "shard, tenant, customer, balance, carried",
        "numbers": "shard, tenant, last, given, invoices",
        "periods": "*",
    }

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        rows: dict[str, dict[Any, tuple[Any, ...]]] = {}
        for fact in facts:
            for statement, row in _rows(fact):
                # Of several facts in a batch about the same row the last one says how it is.
                rows.setdefault(statement, {})[row[:3] if statement != KEEP_PERIODS else row[:5]] = row
        for statement in STATEMENTS:
            if statement in rows:
                await connection.execute(statement, *_columns(list(rows[statement].values())))
        await _carry(connection, [fact for fact in facts if tag_of(fact.event).startswith("invoice.")])


def _rows(fact: Fact) -> list[tuple[str, tuple[Any, ...]]]:
    """What a fact says of the rows that need no other: the statement, and its row."""
    recorded, event = fact.recorded, fact.event
    where, id, position = (recorded.shard, recorded.tenant), object_id(recorded.stream), recorded.position
    match event:
        case PaymentCreated(invoice=str() as invoice):
            return [(KEEP_SETTLED, (*where, id, invoice, event.currency, position))]
        case PaymentSucceeded(amount_received=received) | PaymentCaptured(amount_received=received):
            return [(KEEP_RECEIVED, (*where, id, received, position))]
        case PaymentRefundStarted(refund=refund, amount=amount):
            return [(KEEP_ASIDE, (*where, refund, amount, position))]
        case PaymentRefundReleased(refund=refund):
            return [(KEEP_ASIDE, (*where, refund, 0, position))]
        case RefundCreated(amount=amount):
            return [(KEEP_REFUNDS, (*where, id, amount, position))]
        case RefundFailed() | RefundReturned():
            return [(KEEP_REFUNDS, (*where, id, 0, position))]
        case InvoicePaid(payment=str() as payment):
            return [(KEEP_PAID, (*where, payment, event.amount_paid, position))]
        case CustomerBalanceChanged(balance=balance):
            return [(KEEP_BALANCES, (*where, id, balance, position))]
        case InvoiceNumbered(number=number):
            return [(KEEP_NUMBERS, (*where, "", number, recorded.version, position))]
        case InvoiceCreated(subscription=str() as subscription) if event.billing_reason == "SUBSCRIPTION_CYCLE":
            return [(KEEP_PERIODS, (*where, subscription, event.period_start_at, id, position))]
        case _:
            return []


async def _carry(connection: Connection, facts: Sequence[Fact]) -> None:
    """Adds what invoices moved since they were last looked at to their customers and to the numbers."""
    keys = list(dict.fromkeys((f.recorded.shard, f.recorded.tenant, object_id(f.recorded.stream)) for f in facts))
    if not keys:
        return
    before = {tuple(row[:3]): InvoiceRow(*row[3:]) for row in await connection.fetch(INVOICES, *_columns(keys))}
    after: dict[Key, InvoiceRow] = dict(before)
    for fact in facts:
        key = (fact.recorded.shard, fact.recorded.tenant, object_id(fact.recorded.stream))
        changed = _evolved(after.get(key), fact)
        if changed is not None:
            after[key] = changed
    position = max(fact.recorded.position for fact in facts)
    carried: dict[Key, int] = {}
    numbered: dict[tuple[int, int], int] = {}
    for key, row in after.items():
        was = before.get(key, replace(row, carried=0, numbered=False))
        if row.carried != was.carried:
            customer = (*key[:2], row.customer)
            carried[customer] = carried.get(customer, 0) + row.carried - was.carried
        if row.numbered != was.numbered:
            numbered[key[:2]] = numbered.get(key[:2], 0) + 1
    rows = [(*key, row.customer, row.currency, row.carried, row.numbered) for key, row in after.items()]
    await connection.execute(KEEP_INVOICES, *_columns(rows))
    if carried:
        await connection.execute(KEEP_CARRIED, *_columns([(*key, sum, position) for key, sum in carried.items()]))
    if numbered:
        await connection.execute(COUNT_NUMBERS, *_columns([(*key, n, position) for key, n in numbered.items()]))


def _evolved(row: InvoiceRow | None, fact: Fact) -> InvoiceRow | None:
    match fact.event:
        case InvoiceCreated(customer=customer, currency=currency):
            return row or InvoiceRow(customer, currency, 0, False)
        case InvoiceFinalized(starting_balance=starting, ending_balance=ending) if row is not None:
            return replace(row, carried=ending - starting, numbered=True)
        case InvoiceVoided() if row is not None:
            return replace(row, carried=0)
        case _:
            return row


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
