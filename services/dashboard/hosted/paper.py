"""An invoice as a PDF: pages of A4 in one typeface. The same invoice gives the same bytes."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4  # pyright: ignore[reportMissingTypeStubs]
from reportlab.pdfgen import canvas  # pyright: ignore[reportMissingTypeStubs]

from services.dashboard.hosted.fonts import lacks, runs, width, wrapped
from services.dashboard.hosted.sheet import Row, Sheet

_canvas: Any = canvas
WIDE, HIGH = A4
MARGIN = 56
LEFT, RIGHT, TOP, BOTTOM = MARGIN, WIDE - MARGIN, HIGH - MARGIN, MARGIN + 22
TITLE, TEXT, NOTE = 22, 10, 8
LEADING = 1.45
# What a line of the invoice may take of a page without being parted.
ROOM = (TOP - BOTTOM) / 2
# Where the columns of the lines end or begin.
DESCRIPTION_WIDE = 310
QUANTITY_AT = RIGHT - 90
LABEL_AT = RIGHT - 190
FACTS_AT = LEFT + 270
UNSHOWN_WORDS = "Some characters cannot be shown on this sheet; the page on the web shows them."
INK, QUIET, RULE = 0.1, 0.4, 0.8


def drawn(sheet: Sheet) -> bytes:
    """The document."""
    paper = _Paper(sheet)
    paper.head()
    for row in sheet.rows:
        paper.row(row)
    paper.foot()
    return paper.bytes()


class _Paper:
    """A document that grows from the top; `at` is where the next line of text stands."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._bytes = BytesIO()
        self._canvas: Any = _canvas.Canvas(self._bytes, pagesize=A4, invariant=1, pageCompression=1, lang="en")
        self._canvas.setTitle(f"{sheet.title} {sheet.number}")
        self._canvas.setAuthor(sheet.seller)
        self._canvas.setCreator("PeaSwap")
        self._page = 1
        self._at = TOP

    def head(self) -> None:
        """Seller, customer, and the facts of the invoice."""
        sheet = self._sheet
        for line in wrapped(sheet.seller, TEXT, RIGHT - LEFT):
            self._say(line, LEFT)
            self._down(TEXT)
        self._down(TEXT)
        self._say(f"{sheet.title} {sheet.number}", LEFT, TITLE)
        self._down(TITLE)
        top = self._at
        self._say("Billed to", LEFT, NOTE, QUIET)
        self._down(TEXT)
        for each in sheet.customer:
            for line in wrapped(each, TEXT, FACTS_AT - LEFT - 20):
                self._say(line, LEFT)
                self._down(TEXT)
        lowest, self._at = self._at, top
        for label, value in sheet.facts:
            self._say(label, FACTS_AT, NOTE, QUIET)
            self._say(value, FACTS_AT + 60)
            self._down(TEXT)
        self._at = min(lowest, self._at)
        self._down(TITLE)
        self._columns()

    def row(self, row: Row) -> None:
        """A line of the invoice; it is parted between two pages only when it takes much of one."""
        described = wrapped(row.description, TEXT, DESCRIPTION_WIDE)
        notes = [line for note in row.notes for line in wrapped(note, NOTE, DESCRIPTION_WIDE)]
        height = TEXT * len(described) + NOTE * len(notes) + TEXT
        if height * LEADING < ROOM:
            self._need(height, columns=True)
        self._say_right(row.quantity, QUANTITY_AT)
        self._say_right(row.amount, RIGHT)
        for line in described:
            self._need(TEXT, columns=True)
            self._say(line, LEFT)
            self._down(TEXT)
        for line in notes:
            self._need(NOTE, columns=True)
            self._say(line, LEFT, NOTE, QUIET)
            self._down(NOTE)
        self._rule()

    def foot(self) -> None:
        """What it comes to, and what the seller has to say."""
        self._need(TEXT * (len(self._sheet.totals) + 3))
        self._down(NOTE)
        for index, (label, value) in enumerate(self._sheet.totals):
            last = index == len(self._sheet.totals) - 1
            self._say(label, LABEL_AT, TEXT, INK if last else QUIET)
            self._say_right(value, RIGHT)
            self._down(TEXT)
        self._down(TEXT)
        for remark in self._remarks():
            for line in wrapped(remark, TEXT, RIGHT - LEFT):
                self._need(TEXT)
                self._say(line, LEFT)
                self._down(TEXT)

    def bytes(self) -> bytes:
        """The finished document."""
        self._end_page()
        self._canvas.save()
        return self._bytes.getvalue()

    def _remarks(self) -> Sequence[str]:
        sheet = self._sheet
        texts = [sheet.seller, *sheet.customer, *(row.description for row in sheet.rows), *sheet.remarks]
        return [*sheet.remarks, *([UNSHOWN_WORDS] if any(lacks(text) for text in texts) else [])]

    def _columns(self) -> None:
        self._say("Description", LEFT, NOTE, QUIET)
        self._say_right("Quantity", QUANTITY_AT, NOTE, QUIET)
        self._say_right("Amount", RIGHT, NOTE, QUIET)
        self._down(NOTE)
        self._rule()

    def _need(self, points: float, *, columns: bool = False) -> None:
        """A new page where this one has no room for so much more."""
        if self._at - points * LEADING >= BOTTOM:
            return
        self._end_page()
        self._canvas.showPage()
        self._page += 1
        self._at = TOP
        if columns:
            self._columns()

    def _end_page(self) -> None:
        link, self._at = self._sheet.link, MARGIN
        self._say_right(f"{self._sheet.number} · {self._page}", RIGHT, NOTE, QUIET)
        self._say("This invoice on the web", LEFT, NOTE, QUIET)
        self._canvas.linkURL(link, (LEFT, MARGIN - 2, LEFT + 90, MARGIN + NOTE), relative=0)

    def _rule(self) -> None:
        self._canvas.setStrokeGray(RULE)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(LEFT, self._at + TEXT * 0.6, RIGHT, self._at + TEXT * 0.6)
        self._down(TEXT * 0.6)

    def _down(self, size: float) -> None:
        self._at -= size * LEADING

    def _say(self, text: str, left: float, size: float = TEXT, gray: float = INK) -> None:
        self._canvas.setFillGray(gray)
        for font, piece in runs(text):
            self._canvas.setFont(font, size)
            self._canvas.drawString(left, self._at, piece)
            left += width(piece, size)

    def _say_right(self, text: str, right: float, size: float = TEXT, gray: float = INK) -> None:
        self._say(text, right - width(text, size), size, gray)
