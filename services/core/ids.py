"""Identifiers of objects: a prefix and 22 base62 characters whose order follows the time of creation.

Eight characters are the milliseconds since 2020, fourteen are random (83 bits): ids made in one
millisecond do not collide, and indexes keyed by them grow at one end.
"""

import hashlib
import os
import time
from datetime import datetime
from uuid import UUID

from eventstore.randomness import slab_bytes

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
EPOCH_MS = 1_577_836_800_000
TIME_DIGITS = 8
RANDOM_DIGITS = 14
HALF = 62 ** (RANDOM_DIGITS // 2)
EVENT_DIGITS = 22
EVENT_VERSION = 7
VERSION_SHIFT = 76
PART_DIGITS = 3

_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def base62(number: int, digits: int) -> str:
    """`number` in base 62, most significant digit first, padded to `digits`."""
    out: list[str] = []
    for _ in range(digits // 2):
        number, rest = divmod(number, 3844)
        out.append(_PAIRS[rest])
    if digits % 2:
        out.append(ALPHABET[number % 62])
    out.reverse()
    return "".join(out)


def new_id(prefix: str) -> str:
    """A fresh id such as `cust_0Kx3…`."""
    milliseconds = time.time_ns() // 1_000_000 - EPOCH_MS
    raw = slab_bytes(16)
    # Two halves: numbers that the processor takes in one piece.
    first, second = int.from_bytes(raw[:8], "big") % HALF, int.from_bytes(raw[8:], "big") % HALF
    half = RANDOM_DIGITS // 2
    return f"{prefix}_{base62(milliseconds, TIME_DIGITS)}{base62(first, half)}{base62(second, half)}"


def derived_id(prefix: str, at: datetime, name: str) -> str:
    """The id of what can exist once only, for `name` at `at`: whoever makes it makes the same id."""
    milliseconds = max(int(at.timestamp() * 1000) - EPOCH_MS, 0)
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:12], "big") % 62**RANDOM_DIGITS
    return f"{prefix}_{base62(milliseconds, TIME_DIGITS)}{base62(digest, RANDOM_DIGITS)}"


def part_id(prefix: str, whole: str, index: int) -> str:
    """The id of part `index` of the object `whole`."""
    return f"{prefix}_{whole.partition('_')[2]}{base62(index, PART_DIGITS)}"


def new_secret() -> str:
    """The random part of an API key: 32 base62 characters, 190 bits, not ordered by time."""
    return base62(int.from_bytes(os.urandom(32), "big") % 62**32, 32)


def random_bytes(count: int) -> bytes:
    """Bytes that nobody can guess, for secrets."""
    return os.urandom(count)


def random_fraction() -> float:
    """A number from 0 up to 1, for waiting times that must not fall together."""
    return int.from_bytes(slab_bytes(6), "big") / 2**48


def event_id_text(event_id: UUID, place: int = 0) -> str:
    """`evt_…` for the id of a recorded event; its order follows the time of the append.

    Where clients are told of one event under several types, `place` tells them apart: it is added to the four bits
    that say which version of UUID it is, which are the same in all of ours.
    """
    return "evt_" + base62(event_id.int + (place << VERSION_SHIFT), EVENT_DIGITS)


def parse_event_id(text: str) -> UUID | None:
    """The recorded event's id behind `evt_…`, or None when `text` is not of that form."""
    parsed = parse_told_id(text)
    return None if parsed is None else parsed[0]


def parse_told_id(text: str) -> tuple[UUID, int] | None:
    """The recorded event's id behind `evt_…` and the place of the type under which it is told."""
    digits = text.removeprefix("evt_")
    if digits == text or len(digits) != EVENT_DIGITS:
        return None
    number = 0
    for character in digits:
        value = _VALUES.get(character)
        if value is None:
            return None
        number = number * 62 + value
    place = (number >> VERSION_SHIFT & 0xF) - EVENT_VERSION
    if number >= 2**128 or place < 0:
        return None
    return UUID(int=number - (place << VERSION_SHIFT)), place
