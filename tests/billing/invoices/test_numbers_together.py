"""Appends that wait for a number at the same time are one append; what is refused in it stops nobody else."""

import asyncio
from collections.abc import Sequence
from typing import Any

from services.billing.customers.commands import UpdateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import customer_of
from services.billing.invoice_numbers.decider import BOOK, INVOICE_NUMBERS
from services.billing.invoice_numbers.lookup import STREAM, NextNumber, Numbers
from services.billing.invoices.commands import CreateInvoice, Finalization, VoidInvoice
from services.billing.invoices.decider import INVOICES, InvoiceExists, InvoiceMissing
from services.core.clock import EPOCH
from services.core.ids import new_id
from services.core.step import Guard, GuardBroken, Step
from tests.support.desk import Desk

COUNT = 24


def _made(id: str, customer: str) -> Any:
    def steps(number: NextNumber) -> Sequence[Step]:
        command = CreateInvoice(
            id=id,
            customer=customer,
            currency="usd",
            billing_reason="MANUAL",
            lines=(),
            period_start_at=EPOCH,
            period_end_at=EPOCH,
            finalization=Finalization(number=f"INV-{number.number}", balance=0),
        )
        return [Step(INVOICES, id, command, fresh=True), number.to(id)]

    return steps


async def test_many_are_one_append_and_each_has_its_own_number(desk: Desk) -> None:
    customer, numbers = await desk.customer(), Numbers()
    ids = [new_id("in") for _ in range(COUNT)]
    appends = desk.engine.store.flushed[1]
    await asyncio.gather(*(numbers.join(desk.engine, desk.envelope(), _made(id, customer), ()) for id in ids))
    assert desk.engine.store.flushed[1] - appends <= 3
    found = [(await desk.state(INVOICES, id)).number for id in ids]
    assert sorted(found, key=str) == sorted((f"INV-{n + 1}" for n in range(COUNT)), key=str)
    assert len(await desk.types(STREAM)) == COUNT


async def test_what_is_told_of_the_objects_afterwards_is_what_their_streams_tell(desk: Desk) -> None:
    customer, numbers = await desk.customer(), Numbers()
    relied_on = await customer_of(desk.engine, desk.envelope(), customer)
    id = new_id("in")
    known = await numbers.join(desk.engine, desk.envelope(), _made(id, customer), [relied_on.guard])
    assert set(known) == {INVOICES.stream(id), STREAM, CUSTOMERS.stream(customer)}
    invoice = await desk.engine.load(INVOICES, desk.tenant, id)
    book = await desk.engine.load(INVOICE_NUMBERS, desk.tenant, BOOK)
    owner = await desk.engine.load(CUSTOMERS, desk.tenant, customer)
    for stream, read in ((INVOICES.stream(id), invoice), (STREAM, book), (CUSTOMERS.stream(customer), owner)):
        told = known[stream]
        assert (told.state, told.head, told.subject) == (read.state, read.head, read.subject)


async def test_what_is_refused_or_overtaken_is_told_alone(desk: Desk) -> None:
    customer, numbers = await desk.customer(), Numbers()
    ids = [new_id("in") for _ in range(COUNT)]
    stale = (await desk.engine.load(CUSTOMERS, desk.tenant, customer)).head
    await desk.engine.handle(desk.envelope(), Step(CUSTOMERS, customer, UpdateCustomer(metadata={"a": "1"})))

    def refused(number: NextNumber) -> Sequence[Step]:
        return [Step(INVOICES, "in_none", VoidInvoice()), number.to("in_none")]

    late = new_id("in")
    joined = [numbers.join(desk.engine, desk.envelope(), _made(id, customer), ()) for id in ids]
    joined.insert(3, numbers.join(desk.engine, desk.envelope(), refused, ()))
    guard = Guard(CUSTOMERS.stream(customer), stale)
    joined.append(numbers.join(desk.engine, desk.envelope(), _made(late, customer), [guard]))
    told = await asyncio.gather(*joined, return_exceptions=True)
    problems = [each for each in told if isinstance(each, Exception)]
    assert [type(each) for each in problems] == [InvoiceMissing, GuardBroken]
    assert len(await desk.types(STREAM)) == COUNT
    given = {(await desk.state(INVOICES, id)).number for id in ids}
    assert given == {f"INV-{n + 1}" for n in range(COUNT)}


async def test_two_of_one_object_are_two_appends(desk: Desk) -> None:
    customer, numbers = await desk.customer(), Numbers()
    id = new_id("in")
    twice = [numbers.join(desk.engine, desk.envelope(), _made(id, customer), ()) for _ in range(2)]
    told = await asyncio.gather(*twice, return_exceptions=True)
    assert [isinstance(each, InvoiceExists) for each in told] == [False, True]
    assert len(await desk.types(STREAM)) == 1
