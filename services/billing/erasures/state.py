"""An erasure as its events tell it."""

from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import asdict, replace

from services.billing.erasures.events import (
    ErasureBegun,
    ErasureEvent,
    ErasureFinished,
    ErasurePrepared,
    SavedMethod,
)


class Erasure(Struct, frozen=True, kw_only=True):
    """`finished_at` is None while a gateway still has to forget what it `saved`. Before it is `begun` it is only
    prepared: the customer is as it was."""

    customer: str
    saved: tuple[SavedMethod, ...]
    payment_methods: int
    subscriptions: int
    schedules: int
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    begun: bool = True


def evolve(erasure: Erasure | None, event: ErasureEvent, at: datetime) -> Erasure:
    """The erasure after `event`."""
    before = () if erasure is None else erasure.saved
    if isinstance(event, ErasureBegun):
        saved = (*before, *event.saved)
        told = Erasure(**asdict(event), created_at=at, updated_at=at, finished_at=None if saved else at)
        return replace(told, saved=saved)
    if isinstance(event, ErasurePrepared):
        return Erasure(
            customer=event.customer,
            saved=(*before, *event.saved),
            payment_methods=0,
            subscriptions=0,
            schedules=0,
            created_at=at,
            updated_at=at,
            begun=False,
        )
    assert erasure is not None, "an erasure begins before it is finished"
    match event:
        case ErasureFinished():
            return replace(erasure, updated_at=at, finished_at=at)
        case _:
            assert_never(event)
