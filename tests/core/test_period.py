"""Boundaries of periods: the calendar's oddities, and the laws that hold in every zone and from every anchor."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.period import LAST_AT, Billing, Cycle, days_later

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MONTHLY = Cycle("MONTH")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


billings = st.builds(
    Billing,
    st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(
        lambda at: at.replace(microsecond=0)
    ),
    st.sampled_from(ZONES),
    st.builds(Cycle, st.sampled_from(["DAY", "WEEK", "MONTH", "YEAR"]), st.integers(1, 3)),
)


@pytest.mark.parametrize(
    ("anchor", "zone", "cycle", "expected"),
    [
        (
            "2023-01-31T00:00:00Z",
            "UTC",
            MONTHLY,
            ["2023-02-28T00:00:00Z", "2023-03-31T00:00:00Z", "2023-04-30T00:00:00Z"],
        ),
        (
            "2024-01-31T15:04:05Z",
            "UTC",
            MONTHLY,
            ["2024-02-29T15:04:05Z", "2024-03-31T15:04:05Z", "2024-04-30T15:04:05Z"],
        ),
        (
            "2024-02-29T00:00:00Z",
            "UTC",
            Cycle("YEAR"),
            ["2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"],
        ),
        # 02:30 does not exist on 10 March in New York: it moves to 03:30, and comes back in April.
        ("2024-02-10T02:30:00-05:00", "America/New_York", MONTHLY, ["2024-03-10T07:30:00Z", "2024-04-10T06:30:00Z"]),
        # 01:30 happens twice on 3 November: the first of them counts.
        ("2024-10-03T01:30:00-04:00", "America/New_York", MONTHLY, ["2024-11-03T05:30:00Z", "2024-12-03T06:30:00Z"]),
        # Lord Howe's clocks move by half an hour.
        ("2024-09-06T02:15:00+10:30", "Australia/Lord_Howe", MONTHLY, ["2024-10-05T15:45:00Z"]),
        (
            "2024-01-30T23:30:00+05:45",
            "Asia/Kathmandu",
            Cycle("MONTH", 3),
            ["2024-04-30T17:45:00Z", "2024-07-30T17:45:00Z"],
        ),
        ("2023-12-29T09:00:00Z", "UTC", Cycle("WEEK", 2), ["2024-01-12T09:00:00Z", "2024-01-26T09:00:00Z"]),
        # Kiritimati is a day ahead of Honolulu at the same sun: its 31st ends at 10:00 UTC.
        (
            "2024-01-31T00:30:00+14:00",
            "Pacific/Kiritimati",
            MONTHLY,
            ["2024-02-28T10:30:00Z", "2024-03-30T10:30:00Z", "2024-04-29T10:30:00Z"],
        ),
        # Apia had no 30 December 2011: that day's boundary moves on by the day that was left out.
        ("2011-11-30T10:00:00-10:00", "Pacific/Apia", MONTHLY, ["2011-12-30T20:00:00Z", "2012-01-29T20:00:00Z"]),
        # In Sao Paulo 4 November 2018 began at 01:00.
        ("2018-10-04T00:30:00-03:00", "America/Sao_Paulo", MONTHLY, ["2018-11-04T03:30:00Z", "2018-12-04T02:30:00Z"]),
        # Ramadan takes Casablanca's clocks back an hour.
        ("2024-03-08T02:30:00+01:00", "Africa/Casablanca", Cycle("WEEK", 2), ["2024-03-22T02:30:00Z"]),
        # Weeks keep the wall clock when summer time begins and ends.
        (
            "2024-03-25T09:00:00+01:00",
            "Europe/Berlin",
            Cycle("WEEK"),
            ["2024-04-01T07:00:00Z", "2024-04-08T07:00:00Z"],
        ),
        ("2024-10-21T09:00:00+02:00", "Europe/Berlin", Cycle("WEEK"), ["2024-10-28T08:00:00Z"]),
        # Lord Howe's second 01:45 on 7 April: the first of both counts.
        ("2024-03-07T01:45:00+11:00", "Australia/Lord_Howe", MONTHLY, ["2024-04-06T14:45:00Z", "2024-05-06T15:15:00Z"]),
        ("2024-02-29T12:00:00Z", "UTC", Cycle("MONTH", 12), ["2025-02-28T12:00:00Z", "2026-02-28T12:00:00Z"]),
        ("2023-11-30T00:00:00Z", "UTC", Cycle("MONTH", 3), ["2024-02-29T00:00:00Z", "2024-05-30T00:00:00Z"]),
    ],
)
def test_boundaries_keep_the_local_time_and_day_of_the_anchor(
    anchor: str, zone: str, cycle: Cycle, expected: list[str]
) -> None:
    billing = Billing(_at(anchor), zone, cycle)
    assert [billing.boundary(k + 1) for k in range(len(expected))] == [_at(each) for each in expected]


def test_a_day_that_a_zone_left_out_has_no_period() -> None:
    billing = Billing(_at("2011-12-28T10:00:00-10:00"), "Pacific/Apia", Cycle("DAY"))
    before = billing.after(billing.period_at(billing.anchor_at))
    assert before.start_at == _at("2011-12-29T10:00:00-10:00")
    assert before.end_at == _at("2011-12-31T10:00:00+14:00")
    assert billing.after(before).start_at == before.end_at
    assert billing.after(before).end_at == _at("2012-01-01T10:00:00+14:00")


def test_calendar_days_keep_the_wall_clock() -> None:
    assert days_later(_at("2024-02-20T09:30:00Z"), 14, "UTC") == _at("2024-03-05T09:30:00Z")
    assert days_later(_at("2024-03-09T09:30:00-05:00"), 1, "America/New_York") == _at("2024-03-10T09:30:00-04:00")


def test_the_calendar_ends() -> None:
    billing = Billing(_at("2024-01-31T00:00:00Z"), "UTC", Cycle("YEAR", 3))
    assert billing.boundary(10_000) == LAST_AT


@settings(max_examples=400, deadline=None)
@given(billings, st.integers(-50, 400))
def test_boundaries_rise_by_about_the_cycle(billing: Billing, index: int) -> None:
    start, end = billing.boundary(index), billing.boundary(index + 1)
    days = {"DAY": 1, "WEEK": 7, "MONTH": 31, "YEAR": 366}[billing.cycle.interval] * billing.cycle.count
    assert start <= end <= start + timedelta(days=days + 1, hours=2)
    # Only a zone that leaves out a whole day (a gap of 24 hours) makes an empty period, and only of a daily cycle.
    if start == end:
        zone = ZoneInfo(billing.zone)
        around = [(start + timedelta(days=each)).astimezone(zone).utcoffset() for each in (-2, 2)]
        assert billing.cycle == Cycle("DAY", 1)
        assert abs((around[1] or timedelta()) - (around[0] or timedelta())) >= timedelta(hours=23)


@settings(max_examples=300, deadline=None)
@given(billings, st.integers(0, 60))
def test_walking_gives_the_periods_that_are_computed_directly(billing: Billing, steps: int) -> None:
    period = billing.period_at(billing.anchor_at)
    for _ in range(steps):
        following = billing.after(period)
        assert following.start_at == period.end_at < following.end_at
        period = following
    assert billing.period_at(period.start_at) == period
    assert billing.period_at(period.end_at - timedelta(microseconds=1)) == period


@settings(max_examples=200, deadline=None)
@given(billings, st.integers(1, 200))
def test_months_keep_the_anchors_day_or_end_with_their_last(billing: Billing, index: int) -> None:
    billing = Billing(billing.anchor_at, "UTC", Cycle("MONTH", billing.cycle.count))
    anchor, boundary = billing.anchor_at, billing.boundary(index)
    assert boundary.time() == anchor.time()
    last = (boundary + timedelta(days=1)).day == 1
    assert boundary.day == anchor.day or (last and boundary.day < anchor.day)
