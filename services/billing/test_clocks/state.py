"""A test clock as its events tell it."""

from datetime import datetime
from typing import Literal, assert_never

from msgspec import Struct
from msgspec.structs import asdict, replace

from services.billing.test_clocks.events import (
    TestClockAdvancing,
    TestClockCreated,
    TestClockDeleted,
    TestClockEvent,
    TestClockMoved,
    TestClockReady,
)

TestClockStatus = Literal["READY", "ADVANCING"]


class TestClock(Struct, frozen=True, kw_only=True):
    """`frozen_at` is the time on the clock; `target_at` is where it goes while it is ADVANCING.

    Its own `created_at` and `updated_at` are real time: the clock itself does not live by a clock.
    """

    id: str
    name: str | None
    frozen_at: datetime
    created_at: datetime
    updated_at: datetime
    target_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def status(self) -> TestClockStatus:
        return "READY" if self.target_at is None else "ADVANCING"


def evolve(clock: TestClock | None, event: TestClockEvent, at: datetime) -> TestClock:
    """The clock after `event`."""
    if isinstance(event, TestClockCreated):
        return TestClock(**asdict(event), created_at=at, updated_at=at)
    assert clock is not None, "the first event of a clock is its creation"
    match event:
        case TestClockAdvancing(target_at=target_at):
            return replace(clock, target_at=target_at, updated_at=at)
        case TestClockMoved(frozen_at=frozen_at):
            return replace(clock, frozen_at=frozen_at, updated_at=at)
        case TestClockReady(frozen_at=frozen_at):
            return replace(clock, frozen_at=frozen_at, target_at=None, updated_at=at)
        case TestClockDeleted():
            return replace(clock, target_at=None, deleted_at=at, updated_at=at)
        case _:
            assert_never(event)
