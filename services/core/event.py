"""Events as facts: their base class, and the codec between a fact and the bytes that the store keeps for ever.

Fields marked `Personal[…]` never reach the store in the clear. They are gathered into one JSON
object, sealed with the data key of the event's subject, and stored as `"sealed"` beside the public
fields. When the subject's key has been shredded, text reads "[erased]", optional values None, maps {};
what is recorded of the subject after that has nothing sealed beside it.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Meta as FieldMeta
from msgspec import Struct

from eventstore.store import Recorded
from eventstore.vault import DataKey
from services.core.clock import EPOCH

T = TypeVar("T")
Personal = Annotated[T, FieldMeta(extra={"personal": True})]

ERASED = "[erased]"
SEALED = "sealed"

_encode = msgspec.json.Encoder().encode


class Event(Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """A fact in the past tense, complete for a reader who has nothing else."""


# For every kind of event, the types under which clients are told of it; none where it is nobody's business but ours.
Published = Mapping[type[Event], tuple[str, ...]]


class EventMeta(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is recorded about an event beside its facts. Nothing personal.

    `subject` owns the data key that seals personal fields; `at_us` is the business time in microseconds
    since the epoch, present only where it differs from the time of recording (test clocks).
    """

    subject: str = ""
    actor: str = ""
    request: str = ""
    key: str = ""
    caused_by: str = ""
    at_us: int | None = None


class Fact(Struct, frozen=True, gc=False):
    """A recorded event, decoded; `at` is its business time."""

    event: Event
    at: datetime
    recorded: Recorded
    meta: EventMeta


class _Kept(Struct, frozen=True):
    """The sealed part of an event's data; everything else in it is passed over."""

    sealed: bytes


_decode_meta = msgspec.json.Decoder(EventMeta).decode
_decode_kept = msgspec.json.Decoder(_Kept).decode


def decode_meta(recorded: Recorded) -> EventMeta:
    """The meta of a recorded event."""
    return _decode_meta(recorded.meta)


def business_time(recorded: Recorded, meta: EventMeta) -> datetime:
    """The instant at which the event happened for the business."""
    return recorded.recorded_at if meta.at_us is None else EPOCH + timedelta(microseconds=meta.at_us)


class EventCodec:
    """Encodes and decodes the events of one category. Tags are for ever; unknown tags raise `LookupError`."""

    def __init__(self, *events: type[Event]) -> None:
        self.by_tag: Mapping[str, type[Event]] = {_tag(event): event for event in events}
        self.personal: Mapping[type[Event], tuple[str, ...]] = {event: _personal_fields(event) for event in events}
        self._erased = {event: _erased_values(event, self.personal[event]) for event in events}
        # By tag, so that reading millions of events looks each up once.
        self._readers = {tag: _Reading(event, self._erased[event]) for tag, event in self.by_tag.items()}

    def is_personal(self, event: Event) -> bool:
        """Whether this event has fields that must be sealed."""
        return bool(self.personal[type(event)])

    def encode(self, event: Event, key: DataKey | None, event_id: UUID) -> bytes:
        """The exact bytes to record. `key` None means that the subject was erased: what is personal is left out."""
        personal = self.personal[type(event)]
        if not personal:
            return _encode(event)
        fields = cast(dict[str, Any], msgspec.to_builtins(event))
        plain = _encode({name: fields.pop(name) for name in personal if name in fields})
        # The event's id is authenticated too: a sealed part cannot be moved to another event.
        fields[SEALED] = "" if key is None else base64.b64encode(key.seal(plain, event_id.bytes)).decode()
        return _encode(fields)

    def tells_nothing(self, event: Event) -> bool:
        """Whether the event would read the same if its subject had been erased."""
        fields = cast(dict[str, Any], msgspec.to_builtins(event))
        told = {name: fields[name] for name in self.personal[type(event)] if name in fields}
        return told == self._erased[type(event)]

    def decode(self, recorded: Recorded, key: DataKey | None) -> Event:
        """The fact behind a recorded event; `key` None means that the subject was erased."""
        reading = self._readers.get(recorded.type)
        if reading is None:
            raise LookupError(f"no event of type {recorded.type!r} is known")
        data = recorded.data
        if reading.erased is None:
            return reading.decode(data)
        sealed = b"" if key is None else _decode_kept(data).sealed
        # Where nothing was sealed it was erased before; a process may have its key cached all the same.
        plain = reading.erased if key is None or not sealed else key.open(sealed, recorded.event_id.bytes)
        return reading.decode(_joined(data, plain))


class _Reading:
    """How an event of one type is read; `erased` is the object of what is personal as it reads once it is erased, None
    where nothing is personal."""

    __slots__ = ("decode", "erased")

    def __init__(self, event: type[Event], erased: Mapping[str, object]) -> None:
        self.decode = msgspec.json.Decoder(event).decode
        self.erased = _encode(erased) if _personal_fields(event) else None


def _joined(one: bytes, other: bytes) -> bytes:
    """Two objects as one: so that the event is made of its parts in one go, with nothing in between."""
    return one if other == b"{}" else b"%b,%b" % (one[:-1], other[1:])


def _tag(event: type[Event]) -> str:
    tag = event.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def tag_of(event: Event) -> str:
    """The type of an event as it is recorded, such as `customer.created`."""
    return _tag(type(event))


def _is_personal(annotation: object) -> bool:
    if get_origin(annotation) is Annotated:
        return any(
            isinstance(extra, FieldMeta) and (extra.extra or {}).get("personal") for extra in get_args(annotation)
        )
    return get_origin(annotation) in {Union, UnionType} and any(_is_personal(part) for part in get_args(annotation))


def _personal_fields(event: type[Event]) -> tuple[str, ...]:
    hints = get_type_hints(event, include_extras=True)
    return tuple(name for name in event.__struct_fields__ if _is_personal(hints[name]))


def _erased_values(event: type[Event], names: tuple[str, ...]) -> dict[str, object]:
    hints = get_type_hints(event)
    values = {name: _erased(hints[name]) for name in names}
    return {name: value for name, value in values.items() if value is not msgspec.UNSET}


def _erased(annotation: object) -> object:
    parts = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else ()
    if msgspec.UnsetType in parts:
        return msgspec.UNSET
    if NoneType in parts:
        return None
    if get_origin(annotation) is dict or annotation is dict:
        return {}
    return ERASED
