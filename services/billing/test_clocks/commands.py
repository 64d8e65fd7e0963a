"""What can be asked of a test clock."""

from datetime import datetime

from msgspec import Struct


class CreateTestClock(Struct, frozen=True, kw_only=True):
    """A clock that stands still at `frozen_at`."""

    id: str
    frozen_at: datetime
    name: str | None = None


class AdvanceTestClock(Struct, frozen=True):
    """Let time pass until `target_at`."""

    target_at: datetime


class MoveTestClock(Struct, frozen=True):
    """Something is due at `frozen_at`: that is the time now."""

    frozen_at: datetime


class FinishAdvance(Struct, frozen=True):
    """Nothing is due any more until the target."""


class DeleteTestClock(Struct, frozen=True):
    """What lives by the clock stays as it is."""


TestClockCommand = CreateTestClock | AdvanceTestClock | MoveTestClock | FinishAdvance | DeleteTestClock
