"""Given what happened, when a command is asked, then these events follow, or it is refused.

payments = Scenario(PAYMENTS)
payments.given(created, started).when(RecordOutcome(1, Captured("ch_1", 500))).then(succeeded)
payments.given(created).when(CapturePayment()).refused(PaymentUnexpectedState)
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

from services.core.decider import Decider
from services.core.event import Event
from services.core.refusal import Refusal

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E", bound=Event)

GIVEN_AT = datetime(2024, 1, 31, 12, 0, 0, tzinfo=UTC)
ASKED_AT = datetime(2024, 2, 1, 12, 0, 0, tzinfo=UTC)


class Answered(Generic[S, E]):
    """What the decider said: the state before and after, and either the events or the refusal."""

    def __init__(self, before: S | None, after: S | None, events: Sequence[E], refusal: Refusal | None) -> None:
        self.before = before
        self.after = after
        self.events = events
        self.refusal = refusal

    def then(self, *expected: E) -> S:
        """Holds when exactly these events follow, and gives the state after them; none means that nothing happened."""
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert list(self.events) == list(expected)
        assert self.after is not None
        return self.after

    def refused(self, kind: type[Refusal], *, code: str | None = None, param: str | None = None) -> Refusal:
        """Holds when the refusal is exactly of this kind, and gives it; code and parameter too where they are named."""
        assert self.refusal is not None, f"not refused: {self.events!r}"
        assert type(self.refusal) is kind, f"refused otherwise: {self.refusal!r}"
        assert code is None or self.refusal.refusal_code == code
        assert param is None or self.refusal.param == param
        assert self.refusal.message, "a refusal is a sentence that a client reads"
        return self.refusal


class Scenario(Generic[S, C, E]):
    """A decider and its history so far. Every step gives a new scenario, so that a beginning can be shared."""

    def __init__(self, decider: Decider[S, C, E], state: S | None = None, at: datetime = GIVEN_AT) -> None:
        self._decider = decider
        self._at = at
        self.state = state

    def given(self, *events: E) -> "Scenario[S, C, E]":
        """These events happened."""
        state = self.state
        for event in events:
            assert type(event) in self._decider.events.personal, f"{event!r} is missing from the codec"
            state = self._decider.evolve(state, event, self._at)
        return Scenario(self._decider, state, self._at)

    def at(self, at: datetime) -> "Scenario[S, C, E]":
        """What is given from here on happened at this instant."""
        return Scenario(self._decider, self.state, at)

    def after(self, *commands: C) -> "Scenario[S, C, E]":
        """These commands were asked and granted."""
        scenario = self
        for command in commands:
            answered = scenario.when(command)
            assert answered.refusal is None, f"refused: {answered.refusal!r}"
            scenario = scenario.given(*answered.events)
        return scenario

    def when(self, command: C, *, at: datetime = ASKED_AT) -> Answered[S, E]:
        """This is asked, at this instant."""
        try:
            events = self._decider.decide(self.state, command, at)
        except Refusal as refusal:
            return Answered(self.state, self.state, (), refusal)
        after = self.state
        for event in events:
            assert type(event) in self._decider.events.personal, f"{event!r} is missing from the codec"
            after = self._decider.evolve(after, event, at)
        return Answered(self.state, after, events, None)
