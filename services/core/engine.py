"""The engine that runs every command: read the stream, fold, decide, append; on conflict decide again."""

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from eventstore.ids import uuid7
from eventstore.store import (
    Append,
    Appended,
    Claim,
    ClaimTaken,
    DataKeyDestroyed,
    DataKeyExists,
    Key,
    KeyRecord,
    KeyReplayed,
    KeyReused,
    NewEvent,
    Release,
    Slice,
    VersionConflict,
)
from eventstore.tenants import Tenant
from services.core.again import in_line, patience
from services.core.clock import EPOCH
from services.core.decided import Decided, decide
from services.core.decider import Hold
from services.core.envelope import Envelope
from services.core.event import EventMeta, tag_of
from services.core.reader import NOTHING, Loaded, Reader
from services.core.refusal import Unavailable
from services.core.sealing import Sealing, opened_answer
from services.core.step import (
    Answer,
    Guard,
    GuardBroken,
    Handled,
    HoldTaken,
    KeyUsedOtherwise,
    Replayed,
    Step,
    answer_to,
    demand_unmoved,
)

S = TypeVar("S")
DECIDE_AGAIN_MAX = 16
MICROSECOND = timedelta(microseconds=1)


_encode_meta = msgspec.json.Encoder().encode


class Engine(Reader):
    """Everything that a command or a query of one object needs. Objects on a test clock live by its time, whatever the
    envelope says."""

    async def handle(
        self,
        envelope: Envelope,
        step: Step | Sequence[Step],
        *,
        guards: Iterable[Guard] = (),
        settles: Callable[[Any], Answer] | None = None,
        concludes: Callable[[Sequence[Any]], Answer] | None = None,
        finishes: bool = False,
        shreds: Collection[str] = (),
    ) -> Handled[Any]:
        """Runs one command, or several that are granted or refused as one.

        Under an idempotency key the answer that `settles` makes of the first state, or `concludes` of all, is
        recorded in the same append; without either the key is recorded as begun, and a later append of the same
        request finishes it. The append itself destroys the data keys of the subjects that it `shreds`.

        Raises a Refusal, `Replayed` when the key was used before, `HoldTaken`, or `GuardBroken`.
        """
        steps = [step] if isinstance(step, Step) else list(step)
        guards = list(guards)
        overtaken: Hashable = None
        until = 0.0
        for _ in range(DECIDE_AGAIN_MAX):
            try:
                async with in_line(overtaken, until):
                    return await self._once(envelope, steps, guards, settles, concludes, finishes, shreds)
            except VersionConflict as conflict:
                if any(guard.stream == conflict.stream for guard in guards):
                    raise GuardBroken(envelope.tenant, conflict.stream) from None
                overtaken, until = ("decided", envelope.tenant, conflict.stream), until or patience()
                # Ids made by us are fresh only once: after a conflict the stream is there to be read.
                steps = [replace(one, fresh=False, known=None) for one in steps]
            except (DataKeyExists, DataKeyDestroyed) as stale:
                self.vault.forget(envelope.tenant, stale.subject)
                steps = [replace(one, known=None) for one in steps]
            except KeyReplayed as replay:
                raise await self.replayed(envelope, replay.record) from None
            except KeyReused:
                raise KeyUsedOtherwise from None
            except ClaimTaken as taken:
                raise HoldTaken(taken.name, taken.owner) from None
        raise Unavailable("This object is being changed by too many requests at once; send it again in a moment.")

    async def _once(
        self,
        envelope: Envelope,
        steps: Sequence[Step],
        guards: Sequence[Guard],
        settles: Callable[[Any], Answer] | None,
        concludes: Callable[[Sequence[Any]], Answer] | None,
        finishes: bool,
        shreds: Collection[str],
    ) -> Handled[Any]:
        """Reads, decides and appends, or raises what the store says."""
        loaded = await self._read_for(envelope, steps, finishes)
        demand_unmoved(envelope, steps, loaded)
        envelope = await self._at_their_time(envelope, steps, loaded)
        decided = [decide(one, was, envelope.at) for one, was in zip(steps, loaded, strict=True)]
        answer = answer_to([one.state for one in decided], settles, concludes)
        if not any(one.events for one in decided) and envelope.key is None:
            return Handled(decided[0].state, [one.state for one in decided], (), None, answer)
        appended = await self._append(envelope, decided, guards, answer, finishes, shreds)
        return _handled(decided, guards, answer, appended)

    async def look_up(self, envelope: Envelope) -> None:
        """Raises `Replayed` or `KeyUsedOtherwise` when the request's idempotency key was used before.

        For requests that read other objects before they decide: those may have changed since the first time.
        """
        if envelope.key is None:
            return
        record = await self.store.key(envelope.tenant, envelope.key.key)
        if record is not None:
            if record.request_hash != envelope.key.request_hash:
                raise KeyUsedOtherwise
            raise await self.replayed(envelope, record)

    async def replayed(self, envelope: Envelope, record: KeyRecord) -> Replayed:
        """What the idempotency key of this request stands for, as the exception to raise."""
        return Replayed(record, await opened_answer(self.vault, envelope.tenant, record))

    async def now_on(self, envelope: Envelope, clock: str | None) -> datetime:
        """The time for what lives by this test clock, or by none."""
        return envelope.at if clock is None else await self.time_on(self, envelope.tenant, clock)

    async def _at_their_time(
        self, envelope: Envelope, steps: Sequence[Step], loaded: Sequence[Loaded[Any]]
    ) -> Envelope:
        for step, was in zip(steps, loaded, strict=True):
            clock = step.clock if was.state is None else step.decider.clock(was.state)
            if clock is not None:
                return replace(envelope, at=await self.now_on(envelope, clock))
        return envelope

    async def _read_for(self, envelope: Envelope, steps: Sequence[Step], finishes: bool) -> Sequence[Loaded[Any]]:
        if all(step.fresh for step in steps):
            return [NOTHING] * len(steps)
        reading = [self._read_one(envelope.tenant, step) for step in steps]
        if envelope.key is None or finishes:
            return await asyncio.gather(*reading)
        # A request that was answered before must get that answer even where deciding again would refuse it.
        _, loaded = await asyncio.gather(self.look_up(envelope), asyncio.gather(*reading))
        return loaded

    async def _read_one(self, tenant: Tenant, step: Step) -> Loaded[Any]:
        if step.fresh:
            return NOTHING
        return step.known or await self.load(step.decider, tenant, step.id)

    async def _append(
        self,
        envelope: Envelope,
        decided: Sequence[Decided],
        guards: Sequence[Guard],
        answer: Answer | None,
        finishes: bool,
        shreds: Collection[str],
    ) -> Appended:
        sealing = Sealing(self.vault, envelope.tenant, shreds)
        slices: list[Slice] = []
        claims: list[Claim] = []
        releases: list[Release] = []
        standing = {guard.stream: guard.head for guard in guards}
        for one in decided:
            stream, head = one.step.decider.stream(one.step.id), one.loaded.head
            if standing.pop(stream, head) != head:
                raise GuardBroken(envelope.tenant, stream)
            if not one.events:
                # That there is nothing to do for this one was decided where its stream stands now.
                standing[stream] = head
                continue
            slices.append(await self._slice(envelope, one, sealing))
            before, after = one.held, one.holds
            for hold in after - before:
                claims.append(
                    Claim(self._name(envelope.tenant, hold), one.step.id, hold.exclusive or hold.name in one.step.alone)
                )
            releases.extend(Release(self._name(envelope.tenant, hold), one.step.id) for hold in before - after)
        slices.extend(Slice(stream, head, ()) for stream, head in standing.items())
        key = None if envelope.key is None else await self._key(envelope, decided[0], answer, finishes, sealing)
        append = Append(
            tenant=envelope.tenant,
            slices=slices,
            key=key,
            claims=claims,
            releases=releases,
            data_keys=list(sealing.new.values()),
            sealed=list(sealing.used),
            shreds=list(sealing.shreds),
        )
        try:
            return await self.store.append(append)
        finally:
            # Where the outcome is unknown they may be destroyed all the same.
            for subject in shreds:
                self.vault.forget(envelope.tenant, subject)

    async def _slice(self, envelope: Envelope, one: Decided, sealing: Sealing) -> Slice:
        decider, subject = one.step.decider, one.subject
        now = self.clock.now()
        meta = _encode_meta(
            EventMeta(
                subject=subject,
                actor=envelope.actor,
                request=envelope.request_id,
                key=envelope.key.key if envelope.key else "",
                caused_by=envelope.caused_by,
                at_us=None if abs(now - envelope.at) < timedelta(minutes=1) else (envelope.at - EPOCH) // MICROSECOND,
            )
        )
        recorded_at = envelope.at if abs(now - envelope.at) < timedelta(minutes=1) else now
        new: list[NewEvent] = []
        for event in one.events:
            event_id = uuid7()
            data = await sealing.event(
                decider.events,
                event,
                event_id,
                subject=subject,
                fresh=one.is_fresh,
                actor=envelope.actor,
            )
            new.append(
                NewEvent(
                    type=tag_of(event),
                    data=data,
                    meta=meta,
                    event_id=event_id,
                    recorded_at=recorded_at,
                )
            )
        return Slice(decider.stream(one.step.id), one.loaded.head, new)

    async def _key(
        self,
        envelope: Envelope,
        first: Decided,
        answer: Answer | None,
        finishes: bool,
        sealing: Sealing,
    ) -> Key:
        assert envelope.key is not None
        stream = first.step.decider.stream(first.step.id)
        sealed = None
        if answer is not None:
            subject = first.subject
            sealed = await sealing.answer(answer, stream, subject=subject, fresh=first.is_fresh)
        return Key(envelope.key.key, envelope.key.request_hash, stream, sealed, finishes)

    def _name(self, tenant: Tenant, hold: Hold) -> str:
        return self.vault.blind(tenant, hold.name) if hold.personal else hold.name


def _handled(
    decided: Sequence[Decided], guards: Iterable[Guard], answer: Answer | None, appended: Appended
) -> Handled[Any]:
    known = {guard.stream: guard.known for guard in guards if guard.known is not None}
    for one in decided:
        stream = one.step.decider.stream(one.step.id)
        head = appended.heads.get(stream)
        known[stream] = one.loaded if head is None else Loaded(one.state, head, one.subject)
    states, events = [one.state for one in decided], [event for one in decided for event in one.events]
    return Handled(states[0], states, events, appended.position, answer, known)
