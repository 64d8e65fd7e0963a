"""An erasure as its events tell it."""

from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import asdict, replace

from services.billing.erasures.events import ErasureBegun, ErasureEvent, ErasureFinished, SavedMethod


class Erasure(Struct, frozen=True, kw_only=True):
    """`finished_at` is None while a gateway still has to forget what it `saved`."""

    customer: str
    saved: tuple[SavedMethod, ...]
    payment_methods: int
    subscriptions: int
    schedules: int
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None


def evolve(erasure: Erasure | None, event: ErasureEvent, at: datetime) -> Erasure:
    """The erasure after `event`."""
    if isinstance(event, ErasureBegun):
        return Erasure(**asdict(event), created_at=at, updated_at=at, finished_at=None if event.saved else at)
    assert erasure is not None, "an erasure begins before it is finished"
    match event:
        case ErasureFinished():
            return replace(erasure, updated_at=at, finished_at=at)
        case _:
            assert_never(event)
