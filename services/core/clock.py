"""Time is handed in: the one place that asks the machine what time it is."""

from datetime import UTC, datetime
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Anything that can say what time it is, as an aware UTC instant."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def unix(at: datetime) -> int:
    """Whole Unix seconds of an instant, as the wire wants them."""
    return int(at.timestamp())


def from_unix(seconds: int) -> datetime:
    """The instant at `seconds` after the epoch; raises OverflowError or ValueError outside years 1 to 9999."""
    return datetime.fromtimestamp(seconds, UTC)
