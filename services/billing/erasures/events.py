"""What is remembered of an erasure; nothing of who was erased."""

from msgspec import Struct

from services.core.event import Event, EventCodec, Published


class SavedMethod(Struct, frozen=True):
    """A payment method as a gateway knows it."""

    gateway: str
    token: str


class ErasurePrepared(Event, frozen=True, kw_only=True, tag="erasure.prepared"):
    """These methods were erased already, for they are too many for one append; gateways forget them with the rest."""

    customer: str
    saved: tuple[SavedMethod, ...]


class ErasureBegun(Event, frozen=True, kw_only=True, tag="erasure.begun"):
    """The data keys were destroyed together with this event; gateways are still to forget what they `saved`."""

    customer: str
    saved: tuple[SavedMethod, ...] = ()
    payment_methods: int = 0
    subscriptions: int = 0
    schedules: int = 0


class ErasureFinished(Event, frozen=True, kw_only=True, tag="erasure.finished"):
    """The gateways have forgotten what they had saved."""


ErasureEvent = ErasurePrepared | ErasureBegun | ErasureFinished
EVENTS = EventCodec(ErasurePrepared, ErasureBegun, ErasureFinished)
# Clients are told of it as customer.erased, an event of the customer.
PUBLISHED: Published = {ErasurePrepared: (), ErasureBegun: (), ErasureFinished: ()}
