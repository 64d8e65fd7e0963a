"""What people read: amounts by the rules of their currency, instants in the account's zone, words for statuses.

Pure: the zone and the present are handed in.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, format_decimal, get_currency_symbol

from services.core.money import AMOUNT_MAX, is_currency, minor_units

LOCALE = "en_US"
SMALL = 1000
TEXT_MAX = 40
# A comma only parts thousands.
AMOUNT = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
LETTER_BEFORE_DIGIT = re.compile(r"[^\W\d_](?=\d)")

Tone = Literal["good", "bad", "wait", "info", "quiet"]

TONES: Mapping[str, Tone] = {
    **dict.fromkeys(
        ("succeeded", "paid", "active", "completed", "ready", "enabled", "delivered", "live", "ok"),
        "good",
    ),
    **dict.fromkeys(("failed", "past_due", "unpaid", "uncollectible", "stopped", "dead", "revoked", "expired"), "bad"),
    **dict.fromkeys(("done", "holds"), "good"),
    **dict.fromkeys(("incomplete_expired", "broken", "declined"), "bad"),
    **dict.fromkeys(("requires_payment_method", "requires_confirmation", "requires_capture", "incomplete"), "wait"),
    **dict.fromkeys(("open", "lagging", "retrying", "rebuilding", "unknown", "paused"), "wait"),
    **dict.fromkeys(("processing", "pending", "trialing", "advancing", "scheduled", "running"), "info"),
    **dict.fromkeys(("partly_refunded", "waiting"), "info"),
}
ACRONYMS = {"id": "ID", "api": "API", "url": "URL", "pdf": "PDF", "mrr": "MRR", "utc": "UTC", "ip": "IP"}
PHRASES = {
    "subscription_create": "New subscription",
    "subscription_cycle": "Renewal",
    "subscription_update": "Changed subscription",
    "address line1": "Address line 1",
    "address line2": "Address line 2",
    "exp_month": "Expiry month",
    "exp_year": "Expiry year",
    "last4": "Last four digits",
    "simulator": "Simulated gateway",
}
UNITS = ((31_557_600, "year"), (2_629_800, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


def money(amount: int, currency: str) -> str:
    """`amount` (minor units) as people write it: $25.00, ¥2,500, KWD 2.500. An unknown currency shows its code."""
    code = currency.lower()
    if not is_currency(code):
        return f"{amount:,} {currency.upper()}"
    decimals = minor_units(code)
    pattern = "¤#,##0" + ("." + "0" * decimals if decimals else "")
    value = Decimal(amount).scaleb(-decimals)
    shown = format_currency(value, code.upper(), pattern, locale=LOCALE, currency_digits=False)
    return LETTER_BEFORE_DIGIT.sub("\\g<0>\N{NO-BREAK SPACE}", shown)


def plain(amount: int, currency: str) -> str:
    """`amount` (minor units) as a form shows it, without sign of the currency: 25.00, 2500, 2.500."""
    decimals = minor_units(currency.lower())
    return f"{Decimal(amount).scaleb(-decimals):.{decimals}f}"


class NotAnAmount(ValueError):
    """The text is no amount of the currency; the message says why, for the person who typed it."""


def amount_of(text: str, currency: str) -> int:
    """The minor units of what somebody typed: `1,234.50`, `1234.5`, `25`. Never rounds."""
    code = currency.strip().lower()
    if not is_currency(code):
        raise NotAnAmount("Choose a currency first.")
    typed = text.strip().replace("\u00a0", "").replace(" ", "")
    if not typed:
        raise NotAnAmount("Enter an amount.")
    if len(typed) > TEXT_MAX:
        raise NotAnAmount("This amount is too large.")
    if not AMOUNT.fullmatch(typed):
        # Half of the world writes 25,50 for what the other half writes 25.50: nobody's money hangs on a guess.
        raise NotAnAmount("Enter an amount in digits with a point, such as 25.00 or 1,250.00.")
    value = Decimal(typed.replace(",", ""))
    if abs(value) > AMOUNT_MAX:
        raise NotAnAmount("This amount is too large.")
    decimals = minor_units(code)
    minor = value.scaleb(decimals)
    if minor != minor.to_integral_value():
        raise NotAnAmount(f"{code.upper()} has {decimals or 'no'} decimals.")
    return int(minor)


def number(value: int) -> str:
    """A count: 12,345."""
    return format_decimal(value, locale=LOCALE)


def compact(value: Decimal | int) -> str:
    """A value where room is scarce, as on an axis: 950, 1.2K, 3M."""
    size = abs(Decimal(value))
    for limit, unit in ((SMALL**3, "B"), (SMALL**2, "M"), (SMALL, "K")):
        if size >= limit:
            return _short(Decimal(value) / limit) + unit
    return _short(Decimal(value))


def short_money(amount: int, currency: str) -> str:
    """An amount where room is scarce, as on an axis: $1.2K; a currency without a sign of its own shows no code."""
    code = currency.upper()
    sign = get_currency_symbol(code, locale=LOCALE)
    return f"{'' if sign == code else sign}{compact(Decimal(amount).scaleb(-minor_units(currency.lower())))}"


def _short(value: Decimal) -> str:
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def local(unix: int, zone: str) -> datetime:
    """The instant in `zone` (IANA)."""
    return datetime.fromtimestamp(unix, UTC).astimezone(ZoneInfo(zone))


def instant(unix: int, zone: str) -> str:
    """To the minute: 25 Nov 2026, 20:38."""
    at = local(unix, zone)
    return f"{at.day} {at:%b} {at.year}, {at:%H:%M}"


def second(unix: int, zone: str) -> str:
    """To the second, where several things happen in a minute: 25 Nov 2026, 20:38:07."""
    return f"{instant(unix, zone)}:{local(unix, zone):%S}"


def exact(unix: int, zone: str) -> str:
    """To the second, with the zone and in UTC: what a hover shows."""
    at = local(unix, zone)
    return f"{at:%Y-%m-%d %H:%M:%S} {zone} ({at:%Z}), {iso(unix)}, {unix}"


def iso(unix: int) -> str:
    """The instant in UTC, as ISO 8601 writes it."""
    return f"{datetime.fromtimestamp(unix, UTC):%Y-%m-%dT%H:%M:%S}Z"


def day(unix: int, zone: str) -> str:
    """The local date: 25 Nov 2026."""
    at = local(unix, zone)
    return f"{at.day} {at:%b} {at.year}"


def short_day(on: date) -> str:
    """A date where room is scarce: 25 Nov."""
    return f"{on.day} {on:%b}"


def field_time(unix: int, zone: str) -> str:
    """The instant as a `datetime-local` field holds it."""
    return f"{local(unix, zone):%Y-%m-%dT%H:%M}"


def ago(unix: int, now: int) -> str:
    """How long ago, or in how long, in the largest unit that fits."""
    seconds = now - unix
    for size, unit in UNITS:
        count = abs(seconds) // size
        if count:
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now" if seconds >= 0 else "in a moment"


def words(name: str) -> str:
    """A name of the wire as a label: `amount_received` is Amount received, `REQUIRES_CAPTURE` Requires capture."""
    if name.lower() in PHRASES:
        return PHRASES[name.lower()]
    parts = name.replace(".", " ").replace("_", " ").lower().split()
    shown = [ACRONYMS.get(part, part) for part in parts]
    text = " ".join(shown)
    return text[:1].upper() + text[1:]


def tone(status: str) -> Tone:
    """What the status means at a glance; the word stands beside the colour always."""
    return TONES.get(status.lower(), "quiet")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": money,
    "plain": plain,
    "number": number,
    "compact": compact,
    "instant": instant,
    "second": second,
    "exact": exact,
    "iso": iso,
    "day": day,
    "field_time": field_time,
    "ago": ago,
    "words": words,
    "tone": tone,
}
"""The filters that every template may use."""
