"""Charts as geometry: pure, drawn by `components/chart.html` as SVG that keeps its letters' size at any width.

Across, positions are percentages of the width; down, pixels from the top. What a chart shows also stands in the table
behind it, so nobody depends on the drawing.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

PLOT_TOP = 10
PLOT_HEIGHT = 150
STEPS_MAX = 4
# Far above any sum of amounts that a chart could hold.
POWERS_MAX = 40
LABELS_MAX = 5
# The box in which a line's path is drawn before it is stretched to the width.
PATH_WIDTH = 1000
BAR_SHARE = 0.72

Kind = Literal["line", "bar"]


class Series(Struct, frozen=True, kw_only=True):
    """One figure over time; `ink` names its colour in the style sheet."""

    name: str
    values: Sequence[int]
    ink: str = "one"


class Tick(Struct, frozen=True, kw_only=True):
    """A line across the plot."""

    y: float
    label: str
    zero: bool


class Label(Struct, frozen=True, kw_only=True):
    """A word under the plot."""

    x: float
    text: str
    anchor: Literal["start", "middle", "end"]


class Path(Struct, frozen=True, kw_only=True):
    """The line of a series, and the same closed down to zero."""

    ink: str
    line: str
    area: str


class Bar(Struct, frozen=True, kw_only=True):
    """A series' part of one column."""

    ink: str
    x: float
    y: float
    width: float
    height: float


class Value(Struct, frozen=True, kw_only=True):
    """One figure at one time, in words."""

    name: str
    text: str
    ink: str
    y: float


class Mark(Struct, frozen=True, kw_only=True):
    """What a pointer over this part of the plot shows."""

    label: str
    x: float
    left: float
    width: float
    values: Sequence[Value]
    bars: Sequence[Bar]


class Chart(Struct, frozen=True, kw_only=True):
    """All that is drawn, and all that the table behind holds."""

    title: str
    kind: Kind
    total: str
    ticks: Sequence[Tick]
    labels: Sequence[Label]
    paths: Sequence[Path]
    marks: Sequence[Mark]
    series: Sequence[Series]
    empty: bool


def chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    kind: Kind,
    show: Callable[[int], str],
    axis: Callable[[int], str],
    total: str = "",
) -> Chart:
    """The chart of `series` over `labels`, one value of each per label. `show` writes a value out, `axis` writes
    one in few letters. Bars are stacked."""
    count = len(labels)
    low, high, step = _scale(*_extremes(series, kind, count))
    y = _height(low, high)
    lefts, width = _columns(count, kind)
    marks = [
        Mark(
            label=labels[index],
            x=_round(_x(index, count, kind)),
            left=_round(lefts[index]),
            width=_round(width[index]),
            values=[
                Value(name=one.name, text=show(one.values[index]), ink=one.ink, y=y(one.values[index]))
                for one in series
            ],
            bars=_stack(series, index, count, y) if kind == "bar" else [],
        )
        for index in range(count)
    ]
    return Chart(
        title=title,
        kind=kind,
        total=total,
        ticks=[Tick(y=y(value), label=axis(value), zero=value == 0) for value in range(low, high + 1, step)],
        labels=_labels(labels, kind),
        paths=[_path(one, y, count) for one in series] if kind == "line" else [],
        marks=marks,
        series=series,
        empty=not any(any(one.values) for one in series),
    )


def _extremes(series: Sequence[Series], kind: Kind, count: int) -> tuple[int, int]:
    if kind == "bar":
        sums = [sum(max(0, one.values[index]) for one in series) for index in range(count)]
        return 0, max(sums, default=0)
    values = [value for one in series for value in one.values]
    return min(0, *values) if values else 0, max(0, *values) if values else 0


def _scale(low: int, high: int) -> tuple[int, int, int]:
    """Round limits that hold both extremes and zero, and the step between ticks: 1, 2 or 5 times a power of ten."""
    step = next(
        factor * 10**power
        for power in range(POWERS_MAX)
        for factor in (1, 2, 5)
        if -(-high // (factor * 10**power)) - low // (factor * 10**power) <= STEPS_MAX
    )
    bottom, top = low // step * step, -(-high // step) * step
    return bottom, max(top, bottom + step), step


def _height(low: int, high: int) -> Callable[[int], float]:
    def y(value: int) -> float:
        return _round(PLOT_TOP + PLOT_HEIGHT * (high - value) / (high - low))

    return y


def _x(index: int, count: int, kind: Kind) -> float:
    """In per cent of the width: points reach both edges, bars stand in the middle of their column."""
    if kind == "bar":
        return 100 * (index + 0.5) / count
    return 100 * index / (count - 1) if count > 1 else 50


def _columns(count: int, kind: Kind) -> tuple[list[float], list[float]]:
    """Where the pointer belongs to which mark."""
    middles = [_x(index, count, kind) for index in range(count)]
    edges = [0.0, *[(left + right) / 2 for left, right in pairwise(middles)], 100.0]
    return edges[:-1], [right - left for left, right in pairwise(edges)]


def _stack(series: Sequence[Series], index: int, count: int, y: Callable[[int], float]) -> list[Bar]:
    found: list[Bar] = []
    below = 0
    for one in series:
        value = max(0, one.values[index])
        if value:
            top = y(below + value)
            found.append(
                Bar(
                    ink=one.ink,
                    x=_round(_x(index, count, "bar") - 50 * BAR_SHARE / count),
                    y=top,
                    width=_round(100 * BAR_SHARE / count),
                    height=_round(y(below) - top),
                )
            )
        below += value
    return found


def _path(series: Series, y: Callable[[int], float], count: int) -> Path:
    points = [
        (_round(_x(index, count, "line") * PATH_WIDTH / 100), y(value)) for index, value in enumerate(series.values)
    ]
    if not points:
        return Path(ink=series.ink, line="", area="")
    line = "M" + "L".join(f"{x:g} {level:g}" for x, level in points)
    return Path(ink=series.ink, line=line, area=f"{line}L{points[-1][0]:g} {y(0):g}L{points[0][0]:g} {y(0):g}Z")


def _labels(labels: Sequence[str], kind: Kind) -> list[Label]:
    """A few of the labels, evenly apart, the first among them."""
    count = len(labels)
    stride = max(1, -(-count // LABELS_MAX))
    return [
        Label(x=_round(_x(index, count, kind)), text=labels[index], anchor=_anchor(index, count, kind))
        for index in range(0, count, stride)
    ]


def _anchor(index: int, count: int, kind: Kind) -> Literal["start", "middle", "end"]:
    if kind == "bar" or count == 1:
        return "middle"
    return "start" if index == 0 else "end" if index == count - 1 else "middle"


def _round(value: float) -> float:
    return round(value, 2)
