"""What is remembered of a test clock."""

from datetime import datetime

from services.core.event import Event, EventCodec, Published


class TestClockCreated(Event, frozen=True, kw_only=True, tag="test_clock.created"):
    """A clock that stands still at `frozen_at`; what is made on it lives by it."""

    id: str
    frozen_at: datetime
    name: str | None = None


class TestClockAdvancing(Event, frozen=True, kw_only=True, tag="test_clock.advancing"):
    """The clock is to go to `target_at`; everything that is due on the way happens first, in order."""

    target_at: datetime


class TestClockMoved(Event, frozen=True, kw_only=True, tag="test_clock.moved"):
    """On its way the clock has come to `frozen_at`, where something is due."""

    frozen_at: datetime


class TestClockReady(Event, frozen=True, kw_only=True, tag="test_clock.ready"):
    """The clock stands still again at `frozen_at`; all that was due until then has been done."""

    frozen_at: datetime


class TestClockDeleted(Event, frozen=True, kw_only=True, tag="test_clock.deleted"):
    """The clock stands still for ever; nothing on it happens by itself any more."""


TestClockEvent = TestClockCreated | TestClockAdvancing | TestClockMoved | TestClockReady | TestClockDeleted
EVENTS = EventCodec(TestClockCreated, TestClockAdvancing, TestClockMoved, TestClockReady, TestClockDeleted)
PUBLISHED: Published = {
    TestClockCreated: ("test_clock.created",),
    TestClockAdvancing: ("test_clock.advancing",),
    TestClockMoved: (),
    TestClockReady: ("test_clock.ready",),
    TestClockDeleted: ("test_clock.deleted",),
}
