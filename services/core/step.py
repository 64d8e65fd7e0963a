"""What is asked of the engine and what comes back: steps, guards, answers, and the ways in which it is not granted."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from eventstore.store import Head, KeyRecord
from eventstore.tenants import Tenant
from services.core.decider import AnyDecider
from services.core.envelope import Envelope
from services.core.event import Event
from services.core.reader import NOTHING_KNOWN, Known, Loaded
from services.core.refusal import Conflict, KeyMismatch

S = TypeVar("S")


class Step(Struct, frozen=True):
    """One command to one object. `fresh` says that the id was just made, so that nothing need be read first;
    `alone` names holds that must not be held by any other object for this command to be granted. `clock` is the test
    clock by which an object that is yet to be made will live. `known` is the object as the caller has just read it."""

    decider: AnyDecider
    id: str
    command: Any
    fresh: bool = False
    alone: frozenset[str] = frozenset()
    clock: str | None = None
    known: Loaded[Any] | None = None


class Guard(Struct, frozen=True):
    """A promise that the append is made only while this stream still stands where the caller saw it. It may be the
    stream of a step: then that command is decided on exactly what the caller saw, or GuardBroken is raised. `known` is
    the object as the caller saw it, for those who go on from here."""

    stream: str
    head: Head
    known: Loaded[Any] | None = None


class Answer(Struct, frozen=True):
    """An answer to a client as it is sent and, under an idempotency key, recorded."""

    status: int
    body: bytes


class Replayed(Exception):
    """The idempotency key of this request was used before: `record` holds what came of it."""

    def __init__(self, record: KeyRecord, answer: Answer | None) -> None:
        self.record = record
        self.answer = answer
        super().__init__("replayed")


class Handled(Struct, Generic[S], frozen=True):
    """What became of a command: the state after it, the log position reached (None when nothing was written), and what
    is `known` of the objects that it changed or relied on."""

    state: S
    states: Sequence[Any]
    events: Sequence[Event]
    position: int | None
    answer: Answer | None
    known: Known = NOTHING_KNOWN


class GuardBroken(Exception):
    """A stream that the command relied upon has moved since the caller read it; read again and ask again."""

    def __init__(self, tenant: Tenant, stream: str) -> None:
        self.tenant = tenant
        self.stream = stream
        super().__init__(stream)


class HoldTaken(Exception):
    """A name that must be held alone is held by another object; `owner` is the oldest one that holds it."""

    def __init__(self, name: str, owner: str) -> None:
        self.name = name
        self.owner = owner
        super().__init__(name)


class KeyUsedOtherwise(KeyMismatch):
    """This Idempotency-Key was used before with another method, path or other parameters. Use a new key."""


class MovedSinceSeen(Conflict):
    """This was changed by someone else since you opened it."""

    code = "changed_since_seen"


class SubjectErased(Conflict):
    """The customer's personal data was erased; nothing personal, such as metadata or a description, can be recorded
    with it any more."""

    code = "customer_erased"


def answer_to(
    states: Sequence[Any],
    settles: Callable[[Any], Answer] | None,
    concludes: Callable[[Sequence[Any]], Answer] | None,
) -> Answer | None:
    """The answer that `settles` makes of the first state, or `concludes` of all."""
    if concludes is not None:
        return concludes(states)
    return settles(states[0]) if settles is not None else None


def demand_unmoved(envelope: Envelope, steps: Sequence[Step], loaded: Sequence[Loaded[Any]]) -> None:
    """Raises MovedSinceSeen: nobody overwrites what they have not seen, when they say what they have seen."""
    seen = envelope.seen
    for step, was in zip(steps, loaded, strict=True):
        if seen is not None and step.decider.stream(step.id) == seen.stream and was.head.version != seen.version:
            raise MovedSinceSeen
