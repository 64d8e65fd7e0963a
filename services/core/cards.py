"""Finding card numbers in text, to refuse them: billing records must never hold one.

A number is 13 to 19 digits, in groups that white space or dashes part, that passes the Luhn check (ISO/IEC 7812-1) and
begins as the numbers of a card scheme do. What stands within a UUID or a long hexadecimal word is none: one UUID in a
thousand holds such digits by chance, and libraries send UUIDs as idempotency keys.
"""

import re
from typing import Any, cast

from services.core.refusal import Invalid

DIGITS_MIN = 13
DIGITS_MAX = 19
DOUBLED_MAX = 9
# Where a phone number may be written; the last two search for one.
PHONES = frozenset({"phone", "q", "query"})

# White space of every kind, what takes no space, and dashes of every length; a few of them at a time.
_RUN = re.compile(r"\d(?:[\s\-\u200b-\u200d\u2060\ufeff\u2010-\u2015\u2212]{0,3}\d){12,}")
_IDENTIFIER = re.compile(
    r"(?<![0-9a-z])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,})(?![0-9a-z])",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\d+")
# Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro.
_SCHEME = re.compile(r"4|5[0-8]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3(?:[47]|0[0-5]|[689]|5)|6")


class CardNumberRefused(Invalid):
    """A card number was found. Never send card numbers; save a payment method by its token instead."""

    code = "sensitive_data_refused"


def refuse_card_numbers(value: Any, param: str = "") -> None:
    """Raises CardNumberRefused, naming the parameter, when any text in `value` holds a card number."""
    if isinstance(value, str):
        _refuse_in(value, param)
    elif isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            if len(name) >= DIGITS_MIN:
                _refuse_in(name, param or "parameters")
            # The name of what is inside is only put together where it may be needed.
            if not isinstance(each, str) or len(each) >= DIGITS_MIN:
                refuse_card_numbers(each, f"{param}[{name}]" if param else name)
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[Any]", value)):
            refuse_card_numbers(each, f"{param}[{index}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _refuse_in(str(value), param)


def _refuse_in(text: str, where: str) -> None:
    if len(text) >= DIGITS_MIN and not _is_phone(where, text) and holds_card_number(text):
        raise CardNumberRefused(
            f"'{where}' seems to hold a card number. Card numbers are not accepted here: save a payment method "
            "by its token instead.",
            param=where,
        )


def holds_card_number(text: str) -> bool:
    """Whether the text holds what looks like a card number."""
    if _RUN.search(text) is None:
        return False
    for run in _RUN.finditer(_IDENTIFIER.sub("#", text)):
        groups = _GROUP.findall(run[0])
        for first in range(len(groups)):
            digits = ""
            for group in groups[first:]:
                digits += group
                if len(digits) > DIGITS_MAX:
                    break
                if len(digits) >= DIGITS_MIN and _is_card(digits):
                    return True
    return False


def _is_card(digits: str) -> bool:
    plain = "".join(str(int(digit)) for digit in digits)
    return _SCHEME.match(plain) is not None and _passes_luhn(plain)


def _passes_luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - DOUBLED_MAX if value > DOUBLED_MAX else value
    return total % 10 == 0


def _is_phone(where: str, text: str) -> bool:
    """A number in international form may well pass the check: the plus says what it is."""
    return text.startswith("+") and (where in PHONES or where.endswith("[phone]"))
