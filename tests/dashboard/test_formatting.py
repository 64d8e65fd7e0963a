"""What people read, and what they type."""

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.money import AMOUNT_MAX, is_currency, minor_units
from services.dashboard.formatting import (
    NotAnAmount,
    ago,
    amount_of,
    compact,
    day,
    exact,
    field_time,
    instant,
    money,
    plain,
    tone,
    words,
)

CURRENCIES = sorted(one.code.lower() for one in iso4217.Currency if one.code and is_currency(one.code.lower()))
# 31 December 2021, 23:30 UTC, which is next year in Berlin.
NEW_YEAR = 1640993400


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (2500, "usd", "$25.00"),
        (-2500, "usd", "-$25.00"),
        (2500, "jpy", "¥2,500"),
        (2500, "kwd", "KWD\N{NO-BREAK SPACE}2.500"),
        (123456789, "eur", "€1,234,567.89"),
        (5, "usd", "$0.05"),
        (7, "zzz", "7 ZZZ"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount: int, currency: str, shown: str) -> None:
    assert money(amount, currency) == shown


@given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.sampled_from(CURRENCIES))
def test_what_a_form_shows_is_read_back_as_the_same_amount(amount: int, currency: str) -> None:
    # The limit is on the number typed, so that it also holds for currencies without decimals.
    assert amount_of(plain(amount, currency), currency) == amount


@given(st.integers(0, AMOUNT_MAX), st.sampled_from(CURRENCIES))
def test_what_a_page_shows_has_the_digits_of_the_amount(amount: int, currency: str) -> None:
    digits = "".join(letter for letter in money(amount, currency) if letter in "0123456789")
    assert int(digits) == amount


@given(st.text())
def test_any_text_is_an_amount_or_refused_with_a_sentence(text: str) -> None:
    try:
        outcome: int | str = amount_of(text, "usd")
    except NotAnAmount as refused:
        outcome = str(refused)
    assert isinstance(outcome, int) or outcome.endswith(".")


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("25", "usd", 2500),
        ("1,234.5", "usd", 123450),
        (" 25.00 ", "USD", 2500),
        ("2500", "jpy", 2500),
        ("1.5", "kwd", 1500),
    ],
)
def test_people_type_amounts_in_several_ways(text: str, currency: str, amount: int) -> None:
    assert amount_of(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("25,50", "eur"),
        ("25,5", "usd"),
        ("10,5", "jpy"),
        ("1,2,3", "usd"),
        ("1e3", "usd"),
        ("\u0662\u0665", "usd"),
        ("", "usd"),
        ("25.001", "usd"),
        ("2.5", "jpy"),
        ("ten", "usd"),
        ("NaN", "usd"),
        ("Infinity", "usd"),
        ("1e30", "usd"),
    ],
)
def test_an_amount_is_never_rounded_or_guessed(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmount):
        amount_of(text, currency)


def test_every_currency_can_be_shown() -> None:
    assert all(money(10 ** minor_units(one), one) for one in CURRENCIES)


def test_instants_are_shown_in_the_zone_and_exactly_on_hover() -> None:
    assert instant(NEW_YEAR, "UTC") == "31 Dec 2021, 23:30"
    assert instant(NEW_YEAR, "Europe/Berlin") == "1 Jan 2022, 00:30"
    assert day(NEW_YEAR, "Europe/Berlin") == "1 Jan 2022"
    assert field_time(NEW_YEAR, "Europe/Berlin") == "2022-01-01T00:30"
    assert exact(NEW_YEAR, "Europe/Berlin") == (
        "2022-01-01 00:30:00 Europe/Berlin (CET), 2021-12-31T23:30:00Z, 1640993400"
    )


def test_ago_takes_the_largest_unit() -> None:
    assert [ago(1000, 1000), ago(1000, 1060), ago(1000, 9000), ago(90000, 1000)] == [
        "just now",
        "1 minute ago",
        "2 hours ago",
        "in 1 day",
    ]


def test_names_of_the_wire_become_words() -> None:
    assert [words("amount_received"), words("REQUIRES_CAPTURE"), words("customer.created"), words("api_key")] == [
        "Amount received",
        "Requires capture",
        "Customer created",
        "API key",
    ]
    assert [tone("SUCCEEDED"), tone("FAILED"), tone("REQUIRES_CAPTURE"), tone("CANCELED")] == [
        "good",
        "bad",
        "wait",
        "quiet",
    ]
    assert [compact(950), compact(1200), compact(3_000_000), compact(10), compact(0)] == [
        "950",
        "1.2K",
        "3M",
        "10",
        "0",
    ]
