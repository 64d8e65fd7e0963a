"""Short pieces of text as numbers: what the index of the search is made of.

A text is cut at every place into pieces of five, three and two characters, and of one where that is not ASCII (a name
may have two characters in all). Each is hashed together with its tenant. Whoever contains a text contains its
pieces; the converse is checked on the text itself, so that two pieces with one number do no harm.
"""

from array import array
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from itertools import repeat
from struct import Struct
from zlib import crc32

SIZES = (5, 3, 2)
# More pieces find no fewer rows that are worth the look-ups.
ASKED_MAX = 12

_SIGN = 0x8000_0000


def folded(text: str) -> str:
    """Text as the search compares it: one line, in lower case."""
    return text.casefold().replace("\x00", "").replace("\n", " ")


def digits(phone: str) -> str:
    """The digits of a phone number."""
    return "".join(character for character in phone if character.isdigit())


def pieces_of(tenant: int, texts: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[int]:
    """The pieces of folded texts, and one for each pair of a key and its value."""
    found: set[bytes] = set()
    for text in texts:
        if text.isascii():
            plain = text.encode()
            for size in SIZES:
                for start in range(min(size, len(plain) - size + 1)):
                    found.update(_cuts(size, (len(plain) - start) // size)(plain, start))
        else:
            found.update(_wide(text))
    found.update(_pair(key, value) for key, value in pairs)
    # A row has a hundred of them, and a rebuild millions of rows: all of it is done without a step of Python for each.
    return sorted(array("i", array("I", map(crc32, found, repeat(_seed(tenant)))).tobytes()))


def asked_pieces(tenant: int, text: str) -> list[int]:
    """Pieces that every folded text has which contains `text`; none where it is too short."""
    size = next((size for size in SIZES if len(text) >= size), 1)
    cut = [text[at : at + size] for at in range(len(text) - size + 1)] if size > 1 or not text.isascii() else []
    seed = _seed(tenant)
    return sorted({(crc32(piece.encode(), seed) ^ _SIGN) - _SIGN for piece in cut})


def asked_pair(tenant: int, key: str, value: str) -> int:
    """The piece of a key and its value."""
    return (crc32(_pair(key, value), _seed(tenant)) ^ _SIGN) - _SIGN


def rarest(pieces: Collection[int], shares: dict[int, float]) -> tuple[list[int], float]:
    """The pieces to ask for, and the share of all rows that has the rarest of them. `shares` are those of common
    pieces; what is not among them is rare."""
    ordered = sorted(pieces, key=lambda piece: (shares.get(piece, 0.0), piece))
    unknown = sum(piece not in shares for piece in ordered)
    asked = ordered[: min(unknown, ASKED_MAX) or ASKED_MAX]
    return asked, min((shares.get(piece, 0.0) for piece in asked), default=1.0)


@lru_cache(maxsize=4_096)
def _cuts(size: int, count: int) -> Callable[[bytes, int], tuple[bytes, ...]]:
    """Cuts a text, from a place in it on, into so many pieces that follow each other."""
    return Struct(f"{size}s" * count).unpack_from


def _wide(text: str) -> Iterable[bytes]:
    for size in SIZES:
        for at in range(len(text) - size + 1):
            yield text[at : at + size].encode()
    for character in text:
        if not character.isascii():
            yield character.encode()


def _pair(key: str, value: str) -> bytes:
    return f"{key}\x00{value}".encode()


def _seed(tenant: int) -> int:
    return crc32(b"%d" % tenant)
