"""Charts: what is drawn, and where."""

from hypothesis import given
from hypothesis import strategies as st

from services.dashboard.charts import PLOT_HEIGHT, PLOT_TOP, STEPS_MAX, Chart, Kind, Series, chart
from services.dashboard.formatting import compact, number


def drawn(*values: list[int], kind: Kind) -> Chart:
    """A chart of one series for each list."""
    series = [Series(name=f"Series {index}", values=each) for index, each in enumerate(values)]
    labels = [f"Day {index}" for index in range(len(values[0]))]
    return chart("Volume", labels, series, kind=kind, show=number, axis=compact)


def test_ticks_are_round_and_hold_all_values() -> None:
    assert [tick.label for tick in drawn([0, 37, 61], kind="line").ticks] == ["0", "20", "40", "60", "80"]
    assert [tick.label for tick in drawn([-5, 5], kind="line").ticks] == ["-5", "0", "5"]
    assert [tick.label for tick in drawn([0, 0], kind="bar").ticks] == ["0", "1"]


def test_bars_are_stacked_to_the_sum() -> None:
    bars = drawn([30], [10], kind="bar").marks[0].bars
    assert [bar.height for bar in bars] == [PLOT_HEIGHT * 0.75, PLOT_HEIGHT * 0.25]
    assert bars[1].y == PLOT_TOP


def test_a_mark_says_every_value_in_words() -> None:
    mark = drawn([1, 2500], [3, 4], kind="line").marks[1]
    assert (mark.label, [value.text for value in mark.values]) == ("Day 1", ["2,500", "4"])


def test_nothing_but_zeros_is_said_to_be_empty() -> None:
    assert drawn([0, 0], kind="line").empty
    assert not drawn([0, 1], kind="line").empty


@given(
    st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40),
    st.sampled_from(["line", "bar"]),
)
def test_everything_stays_inside(values: list[int], kind: Kind) -> None:
    made = drawn(values, kind=kind)
    assert 2 <= len(made.ticks) <= STEPS_MAX + 2
    assert abs(sum(mark.width for mark in made.marks) - 100) < 1
    for mark in made.marks:
        assert 0 <= mark.left <= mark.x <= mark.left + mark.width + 0.02
        for bar in mark.bars:
            assert PLOT_TOP <= bar.y <= bar.y + bar.height <= PLOT_TOP + PLOT_HEIGHT + 0.02
        if kind == "line":
            assert all(PLOT_TOP <= value.y <= PLOT_TOP + PLOT_HEIGHT for value in mark.values)
