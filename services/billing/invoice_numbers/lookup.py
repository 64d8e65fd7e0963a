"""Giving the next number: one invoice of a tenant at a time, for no longer than its own append takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from eventstore.store import Head
from eventstore.tenants import Tenant
from services.billing.invoice_numbers.commands import GiveNumber
from services.billing.invoice_numbers.decider import BOOK, INVOICE_NUMBERS
from services.core.engine import Engine
from services.core.reader import NOTHING, Loaded
from services.core.refusal import Unavailable
from services.core.step import Guard, GuardBroken, Step

T = TypeVar("T")
TRIES_MAX = 32


class NextNumber(Struct, frozen=True):
    """The number to give, and the book as it stood."""

    number: int
    book: Loaded[object]

    def to(self, invoice: str) -> Step:
        """The step that gives it to this invoice."""
        return Step(INVOICE_NUMBERS, BOOK, GiveNumber(self.number, invoice), known=self.book)

    @property
    def guard(self) -> Guard:
        return Guard(INVOICE_NUMBERS.stream(BOOK), self.book.head)


class Numbers:
    """The queues, one for each tenant, in which the appends of this process wait for their number. Other processes are
    met in the log: whoever comes second looks at the book again."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[int, int], asyncio.Lock] = {}

    async def give(self, engine: Engine, tenant: Tenant, append: Callable[[NextNumber], Awaitable[T]]) -> T:
        """What `append` returns: it makes one append with the number's step and guard, and nothing slow."""
        stream = INVOICE_NUMBERS.stream(BOOK)
        async with self._lanes.setdefault((tenant.shard, tenant.number), asyncio.Lock()):
            for _ in range(TRIES_MAX):
                try:
                    return await append(await _next(engine, tenant, stream))
                except GuardBroken as broken:
                    if broken.stream != stream:
                        raise
        raise Unavailable("Too many invoices are being finalised at once; send it again in a moment.")


async def _next(engine: Engine, tenant: Tenant, stream: str) -> NextNumber:
    # The last event says it all: a book of a million numbers is not read from its beginning.
    last = await engine.store.last(tenant, stream)
    if last is None:
        return NextNumber(1, NOTHING)
    facts = await engine.decode([last])
    state = INVOICE_NUMBERS.fold(facts)
    assert state is not None
    return NextNumber(state.last + 1, Loaded(state, Head(last.version, last.hash), facts[0].meta.subject, facts))
