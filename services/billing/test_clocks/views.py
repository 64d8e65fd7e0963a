"""A test clock as clients see it."""

from msgspec import Struct

from services.billing.test_clocks.state import TestClock, TestClockStatus
from services.core.clock import unix


class TestClockObject(Struct, frozen=True, kw_only=True):
    """`frozen_time` is the time on the clock; `target_frozen_time` where it goes while ADVANCING. Unix seconds."""

    id: str
    object: str = "test_clock"
    created: int
    updated: int
    frozen_time: int
    livemode: bool
    name: str | None
    status: TestClockStatus
    target_frozen_time: int | None


def test_clock_object(clock: TestClock, livemode: bool) -> TestClockObject:
    """The wire form of a test clock."""
    return TestClockObject(
        id=clock.id,
        created=unix(clock.created_at),
        updated=unix(clock.updated_at),
        frozen_time=unix(clock.frozen_at),
        livemode=livemode,
        name=clock.name,
        status=clock.status,
        target_frozen_time=None if clock.target_at is None else unix(clock.target_at),
    )
