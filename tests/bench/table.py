"""What a row of the benchmark says, and how the table is printed."""

import os
import platform
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from rich.console import Console
from rich.table import Table

WIDTH_MIN = 150


class Figure(Struct, frozen=True, kw_only=True):
    """One line: what was measured, the figure with its unit, the goal, and whether it was reached (None: no goal).

    `ratio` is against `peer`, both measured in the same run. `reason` is what profiling says takes the time; it is told
    where the goal was not reached.
    """

    row: str
    what: str
    figure: str
    goal: str = ""
    peer: str = ""
    ratio: float | None = None
    reached: bool | None = None
    note: str = ""
    reason: str = ""


def machine() -> dict[str, Any]:
    """The facts about this machine that figures depend on."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def show(figures: Sequence[Figure]) -> None:
    """Prints the table, and below it the goals that were not reached."""
    table = Table(box=None, pad_edge=False)
    for title in ("row", "what", "figure", "peer", "ratio", "goal", ""):
        table.add_column(title, justify="right" if title in {"figure", "ratio"} else "left", overflow="fold")
    for each in figures:
        mark = "" if each.reached is None else "reached" if each.reached else "NOT reached"
        ratio = "" if each.ratio is None else f"{each.ratio:.1f}×"
        table.add_row(each.row, each.what, each.figure, each.peer, ratio, each.goal, mark)
    # In a pipe or a narrow window the table would be folded until nobody can read it.
    console = Console(width=max(Console().width, WIDTH_MIN))
    console.print(table)
    for each in figures:
        if each.reached is False or each.note:
            missed = ["the goal was not reached", each.reason] if each.reached is False else []
            told = "; ".join(part for part in (*missed, each.note) if part)
            console.print(f"{each.row}, {each.what}{f', {each.peer}' if each.peer else ''}: {told}.")
