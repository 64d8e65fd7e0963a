"""Decides what may be done to a test clock. Its time only ever goes forward."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec.structs import asdict

from services.billing.test_clocks.commands import (
    AdvanceTestClock,
    CreateTestClock,
    DeleteTestClock,
    FinishAdvance,
    MoveTestClock,
    TestClockCommand,
)
from services.billing.test_clocks.events import (
    EVENTS,
    TestClockAdvancing,
    TestClockCreated,
    TestClockDeleted,
    TestClockEvent,
    TestClockMoved,
    TestClockReady,
)
from services.billing.test_clocks.state import TestClock, evolve
from services.core.decider import Decider
from services.core.refusal import Conflict, Invalid, Missing


class TestClockExists(Conflict):
    """A test clock with this id exists already."""

    code = "resource_already_exists"


class TestClockMissing(Missing):
    """There is no such test clock."""


class TestClockIsAdvancing(Conflict):
    """This test clock is advancing; wait until it is READY."""

    code = "test_clock_advancing"


class TimeGoesForward(Invalid):
    """A test clock can only be advanced to a later time."""

    code = "test_clock_time_invalid"


def decide(clock: TestClock | None, command: TestClockCommand, _at: datetime) -> Sequence[TestClockEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateTestClock):
        if clock is not None:
            raise TestClockExists
        return [TestClockCreated(**asdict(command))]
    if clock is None:
        raise TestClockMissing
    if clock.deleted_at is not None:
        if isinstance(command, MoveTestClock | FinishAdvance):
            return []
        raise TestClockMissing(f"This test clock was deleted at {clock.deleted_at:%Y-%m-%dT%H:%M:%SZ}.")
    match command:
        case AdvanceTestClock(target_at=target_at):
            if clock.target_at == target_at:
                return []
            if clock.target_at is not None:
                raise TestClockIsAdvancing
            if target_at <= clock.frozen_at:
                raise TimeGoesForward(param="frozen_time")
            return [TestClockAdvancing(target_at=target_at)]
        case MoveTestClock(frozen_at=frozen_at):
            on_the_way = clock.target_at is not None and clock.frozen_at < frozen_at <= clock.target_at
            return [TestClockMoved(frozen_at=frozen_at)] if on_the_way else []
        case FinishAdvance():
            return [] if clock.target_at is None else [TestClockReady(frozen_at=clock.target_at)]
        case DeleteTestClock():
            return [TestClockDeleted()]
        case _:
            assert_never(command)


TEST_CLOCKS: Decider[TestClock, TestClockCommand, TestClockEvent] = Decider(
    category="test_clock", prefix="clock", events=EVENTS, decide=decide, evolve=evolve
)
