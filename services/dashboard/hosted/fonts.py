"""Text in a PDF: which font shows which character, and how wide and how long it gets.

Noto Sans (Latin, Greek, Cyrillic, Vietnamese, Devanagari without its ligatures, signs of currencies) is put into the
document. Chinese, Japanese and Korean are set in the fonts that PDF names for them, which readers bring along. What
none of these has, such as Hebrew, Arabic and Thai, becomes the sign for a character that cannot be shown.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

import fontpkg  # pyright: ignore[reportMissingTypeStubs]
from reportlab.pdfbase import pdfmetrics  # pyright: ignore[reportMissingTypeStubs]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # pyright: ignore[reportMissingTypeStubs]
from reportlab.pdfbase.ttfonts import TTFont  # pyright: ignore[reportMissingTypeStubs]

_metrics: Any = pdfmetrics
_embedded: Any = TTFont
_brought: Any = UnicodeCIDFont

SANS, JAPANESE, CHINESE, KOREAN = "NotoSans", "HeiseiKakuGo-W5", "STSong-Light", "HYGothic-Medium"
KANA = range(0x3040, 0x3100)
HANGUL = (range(0x1100, 0x1200), range(0x3130, 0x3190), range(0xAC00, 0xD7B0))
HAN = (
    range(0x3000, 0x3040),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xF900, 0xFB00),
    range(0xFF00, 0xFFF0),
)
UNSHOWN = "\N{REPLACEMENT CHARACTER}"
# Where a line may end.
SPACE = " "


@cache
def _glyphs() -> frozenset[int]:
    """What Noto Sans has; registers all fonts."""
    sans = _embedded(SANS, str(fontpkg.path("Noto Sans")))
    _metrics.registerFont(sans)
    for name in (JAPANESE, CHINESE, KOREAN):
        _metrics.registerFont(_brought(name))
    return frozenset(sans.face.charToGlyph)


def warm() -> None:
    """Reads the fonts: the first reader need not wait for it."""
    _glyphs()


def runs(text: str) -> list[tuple[str, str]]:
    """The text in pieces, each with the font that shows it."""
    han = JAPANESE if any(ord(each) in KANA for each in text) else CHINESE
    marked = [(_font(ord(each), han), each) for each in text]
    shown = [(font or SANS, each if font else UNSHOWN) for font, each in marked]
    return [(font, "".join(each for _, each in group)) for font, group in groupby(shown, key=lambda one: one[0])]


def lacks(text: str) -> bool:
    """Whether it has a character that no font shows."""
    return any(_font(ord(each), CHINESE) is None for line in text.splitlines() for each in line)


def width(text: str, size: float) -> float:
    """How wide the text gets, in points."""
    return sum(_wide(each) for each in text) * size


def wrapped(text: str, size: float, most: float) -> Sequence[str]:
    """The text in lines that are at most so wide; a word that is wider is broken."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split(SPACE):
            longer = f"{line} {word}" if line else word
            if width(longer, size) <= most:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _broken(word, size, most)
            lines += full
        lines.append(line)
    return lines


@lru_cache(maxsize=16_384)
def _wide(character: str) -> float:
    """In parts of the size. All fonts for Chinese, Japanese and Korean give a character the same room."""
    font = _font(ord(character), CHINESE)
    return _metrics.stringWidth(character if font else UNSHOWN, font or SANS, 1)


def _broken(word: str, size: float, most: float) -> list[str]:
    pieces = [""]
    for each in word:
        if pieces[-1] and width(pieces[-1] + each, size) > most:
            pieces.append("")
        pieces[-1] += each
    return pieces


def _font(code: int, han: str) -> str | None:
    if code in _glyphs():
        return SANS
    if code in KANA:
        return JAPANESE
    if any(code in each for each in HANGUL):
        return KOREAN
    return han if any(code in each for each in HAN) else None
