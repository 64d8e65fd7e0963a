"""Which codes are money, and how small it gets."""

import pytest

from services.core.money import is_currency, minor_units


@pytest.mark.parametrize(("code", "decimals"), [("usd", 2), ("jpy", 0), ("kwd", 3), ("clf", 4)])
def test_a_currency_has_the_minor_unit_of_its_standard(code: str, decimals: int) -> None:
    assert (is_currency(code), minor_units(code)) == (True, decimals)


@pytest.mark.parametrize("code", ["xxx", "xts", "xau", "xag", "xdr", "zzz", "", "USD"])
def test_what_has_no_minor_unit_is_no_currency_to_be_charged_in(code: str) -> None:
    assert not is_currency(code)
