"""What a command came to on the stream as it was read, before it is appended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from services.core.decider import Hold
from services.core.event import Event
from services.core.reader import Loaded
from services.core.step import Step


class Decided(Struct, frozen=True):
    """A step, what its stream said, the events that it makes, and the state after them."""

    step: Step
    loaded: Loaded[Any]
    events: Sequence[Event]
    state: Any

    @property
    def subject(self) -> str:
        """Under whose data key the events are sealed."""
        return self.loaded.subject or self.step.decider.subject(self.step.command) or self.step.id

    @property
    def is_fresh(self) -> bool:
        """Whether the subject is the object that this very command creates, so that it cannot have a key yet."""
        return self.loaded.head.version == 0 and self.subject == self.step.id

    @property
    def held(self) -> set[Hold]:
        """The names that the object held before."""
        return self._holds(self.loaded.state)

    @property
    def holds(self) -> set[Hold]:
        """The names that it holds after."""
        return self._holds(self.state)

    def _holds(self, state: Any) -> set[Hold]:
        return set() if state is None else set(self.step.decider.holds(state))


def decide(step: Step, loaded: Loaded[Any], at: datetime) -> Decided:
    """What the step's command comes to. Raises a Refusal."""
    events = step.decider.decide(loaded.state, step.command, at)
    state = loaded.state
    for event in events:
        state = step.decider.evolve(state, event, at)
    return Decided(step, loaded, events, state)
