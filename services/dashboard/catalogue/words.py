"""Prices in words."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

from services.dashboard.formatting import money, words


def price_text(price: Mapping[str, Any], quantity: int = 1) -> str:
    """What is paid and how often: `2 × Pro, $20.00 a month`."""
    called = price_name(price)
    times = f"{quantity} × " if quantity != 1 else ""
    named = f"{called}, " if called else ""
    return f"{times}{named}{amount_text(price)}{interval_text(price.get('recurring'))}"


def price_name(price: Mapping[str, Any]) -> str:
    """What is sold, by the product where it is expanded, and which of its prices: `Pro (Founders)`."""
    nickname = str(price.get("nickname") or "")
    product: Any = price.get("product")
    named = str(cast(Mapping[str, Any], product).get("name") or "") if isinstance(product, Mapping) else ""
    if not nickname or not named:
        return nickname or named
    return nickname if named.casefold() in nickname.casefold() else f"{named} ({nickname})"


def amount_text(price: Mapping[str, Any]) -> str:
    """The amount of one unit; a price in parts of a minor unit is written out."""
    if price.get("unit_amount") is not None:
        return money(price["unit_amount"], price["currency"])
    if price.get("unit_amount_decimal") is None:
        return "by tiers"
    exact = Fraction(price["unit_amount_decimal"])
    return f"{float(exact):g} minor units of {price['currency'].upper()}"


def interval_text(recurring: Mapping[str, Any] | None) -> str:
    """How often: ` a month`, ` every 3 months`, or nothing."""
    if recurring is None:
        return ""
    interval, count = words(recurring["interval"]).lower(), recurring["interval_count"]
    return f" a {interval}" if count == 1 else f" every {count} {interval}s"
