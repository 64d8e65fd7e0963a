"""Giving the next number: one append of a tenant at a time, for no longer than that append takes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from eventstore.errors import OutcomeUnknown, StoreUnavailable
from eventstore.store import Head
from eventstore.tenants import Tenant
from services.billing.invoice_numbers.commands import GiveNumbers
from services.billing.invoice_numbers.decider import BOOK, INVOICE_NUMBERS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.reader import NOTHING, Known, Loaded
from services.core.refusal import Unavailable
from services.core.step import Guard, GuardBroken, Step

T = TypeVar("T")
TRIES_MAX = 32
# An append of so many invoices, with all that belongs to them, is still one flush of the log.
TOGETHER_MAX = 32
STREAM = INVOICE_NUMBERS.stream(BOOK)


class NextNumber(Struct, frozen=True):
    """The number to give, and the book as it stood."""

    number: int
    book: Loaded[object]

    def to(self, *invoices: str) -> Step:
        """The step that gives it, and those after it, to these invoices."""
        return Step(INVOICE_NUMBERS, BOOK, GiveNumbers(self.number, invoices), known=self.book)

    @property
    def guard(self) -> Guard:
        return Guard(STREAM, self.book.head)


class Numbered(Struct):
    """An append that needs a number, while it waits. `made` gives its steps with the number, `guards` are what it
    relies on."""

    envelope: Envelope
    made: Callable[[NextNumber], Sequence[Step]]
    guards: Sequence[Guard]
    done: asyncio.Future[Known]


class Numbers:
    """The queues, one for each tenant, in which the appends of this process wait for their number. Other processes are
    met in the log: whoever comes second looks at the book again."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[int, int], asyncio.Lock] = {}
        self._waiting: dict[tuple[int, int], list[Numbered]] = {}

    async def give(self, engine: Engine, tenant: Tenant, append: Callable[[NextNumber], Awaitable[T]]) -> T:
        """What `append` returns: it makes one append with the number's step and guard, and nothing slow."""
        async with self._lane(tenant):
            return await _given(engine, tenant, append)

    async def join(
        self,
        engine: Engine,
        envelope: Envelope,
        made: Callable[[NextNumber], Sequence[Step]],
        guards: Sequence[Guard],
    ) -> Known:
        """Like `give`, for work that no client waits for: what waits at the same time and has nothing in common is one
        append. When that is refused, each is tried by itself, and hears of its own alone. Returns what is known after
        it."""
        tenant = envelope.tenant
        own = Numbered(envelope, made, guards, asyncio.get_running_loop().create_future())
        waiting = self._waiting.setdefault((tenant.shard, tenant.number), [])
        waiting.append(own)
        try:
            async with self._lane(tenant):
                if not own.done.done():
                    await _together(engine, tenant, own, waiting)
        finally:
            if own in waiting:
                waiting.remove(own)
        return await own.done

    def _lane(self, tenant: Tenant) -> asyncio.Lock:
        return self._lanes.setdefault((tenant.shard, tenant.number), asyncio.Lock())


async def _given(engine: Engine, tenant: Tenant, append: Callable[[NextNumber], Awaitable[T]]) -> T:
    for _ in range(TRIES_MAX):
        try:
            return await append(await _next(engine, tenant))
        except GuardBroken as broken:
            if broken.stream != STREAM:
                raise
    raise Unavailable("Too many invoices are being finalized at once; send it again in a moment.")


async def _together(engine: Engine, tenant: Tenant, own: Numbered, waiting: list[Numbered]) -> None:
    """Appends `own` and those others that fit, and tells each what became of it."""
    group: list[Numbered] = []

    async def append(number: NextNumber) -> Known:
        fitting = _fitting(number, [own, *(each for each in waiting if each is not own)])
        group[:] = [one for one, _ in fitting]
        steps = [step for _, steps in fitting for step in steps if step.decider is not INVOICE_NUMBERS]
        invoices = [id for _, steps in fitting for step in steps for id in _invoices(step)]
        # What the request is about stays first.
        steps.insert(1, number.to(*invoices))
        guards = [number.guard, *(guard for one in group for guard in one.guards)]
        return (await engine.handle(own.envelope, steps, guards=guards)).known

    try:
        known = await _given(engine, tenant, append)
    except (OutcomeUnknown, StoreUnavailable) as problem:
        for one in group or [own]:
            one.done.set_exception(problem)
    except Exception as problem:
        if len(group) <= 1:
            own.done.set_exception(problem)
        for one in group if len(group) > 1 else ():
            await _alone(engine, tenant, one)
    else:
        for one in group:
            one.done.set_result(known)
    waiting[:] = [each for each in waiting if not each.done.done()]


async def _alone(engine: Engine, tenant: Tenant, one: Numbered) -> None:
    async def append(number: NextNumber) -> Known:
        return (await engine.handle(one.envelope, one.made(number), guards=[number.guard, *one.guards])).known

    try:
        known = await _given(engine, tenant, append)
    except Exception as problem:
        one.done.set_exception(problem)
    else:
        one.done.set_result(known)


def _fitting(number: NextNumber, waiting: Sequence[Numbered]) -> list[tuple[Numbered, Sequence[Step]]]:
    """The first of those that wait, and others that write nothing which any of them writes or relies on. What lives by
    a test clock goes alone: an append has one time."""
    found: list[tuple[Numbered, Sequence[Step]]] = []
    written: set[str] = set()
    relied: set[str] = set()
    for one in waiting:
        steps = one.made(NextNumber(number.number + len(found), number.book))
        writes = {step.decider.stream(step.id) for step in steps if step.decider is not INVOICE_NUMBERS}
        relies = {guard.stream for guard in one.guards}
        alone = any(step.clock is not None for step in steps)
        if found and (alone or writes & (written | relied) or relies & written):
            continue
        found.append((one, steps))
        written |= writes
        relied |= relies
        if alone or len(found) == TOGETHER_MAX:
            break
    return found


def _invoices(step: Step) -> Sequence[str]:
    command: Any = step.command
    return command.invoices if step.decider is INVOICE_NUMBERS else ()


async def _next(engine: Engine, tenant: Tenant) -> NextNumber:
    # The last event says it all: a book of a million numbers is not read from its beginning.
    last = await engine.store.last(tenant, STREAM)
    if last is None:
        return NextNumber(1, NOTHING)
    facts = await engine.decode([last])
    state = INVOICE_NUMBERS.fold(facts)
    assert state is not None
    return NextNumber(state.last + 1, Loaded(state, Head(last.version, last.hash), facts[0].meta.subject, facts))
