"""A decider: the pure middle of a capability. It holds no clock, no ids, no I/O.

decide(state, command, at) -> events      refusals are raised first, events come last
evolve(state, event, at)   -> state       never refuses history
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import Struct

from services.core.event import Event, EventCodec, Fact

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E", bound=Event)


class Hold(Struct, frozen=True):
    """A name that an object holds in its tenant, such as an e-mail address or a lookup key.

    An exclusive hold is refused while any other object holds that name; `personal` names are blinded
    before they reach the store.
    """

    name: str
    exclusive: bool = False
    personal: bool = False


def _holds_nothing(_state: Any) -> Iterable[Hold]:
    return ()


def _lives_by_none(_state: Any) -> str | None:
    return None


def _own_subject(_command: Any) -> str | None:
    return None


class Decider(Generic[S, C, E]):
    """`subject` names whose data key seals the stream's personal fields: the id that it gives for the creating
    command, or the object itself. `holds` says which names an object in this state holds, `clock` by which test clock
    it lives."""

    def __init__(
        self,
        *,
        category: str,
        prefix: str,
        events: EventCodec,
        decide: Callable[[S | None, C, datetime], Sequence[E]],
        evolve: Callable[[S | None, E, datetime], S],
        subject: Callable[[C], str | None] = _own_subject,
        holds: Callable[[S], Iterable[Hold]] = _holds_nothing,
        clock: Callable[[S], str | None] = _lives_by_none,
    ) -> None:
        self.category = category
        self.prefix = prefix
        self.events = events
        self.decide = decide
        self.evolve = evolve
        self.subject = subject
        self.holds = holds
        self.clock = clock

    def stream(self, id: str) -> str:
        """The name of the stream of the object `id`."""
        return f"{self.category}-{id}"

    def fold(self, facts: Iterable[Fact], state: S | None = None) -> S | None:
        """The state after `facts`, which must be in the order of their versions."""
        for fact in facts:
            state = self.evolve(state, fact.event, fact.at)  # pyright: ignore[reportArgumentType]
        return state


AnyDecider = Decider[Any, Any, Any]


def object_id(stream: str) -> str:
    """`cust_…` of `customer-cust_…`."""
    return stream.partition("-")[2]


def category_of(stream: str) -> str:
    """`customer` of `customer-cust_…`."""
    return stream.partition("-")[0]
