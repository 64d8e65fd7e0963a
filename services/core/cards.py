"""Finding card numbers in text, to refuse them: billing records must never hold one.

A number is 13 to 19 digits, in groups that spaces or dashes part, that passes the Luhn check (ISO/IEC 7812-1) and
begins as the numbers of a card scheme do.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from services.core.refusal import Invalid

DIGITS_MIN = 13
DIGITS_MAX = 19
DOUBLED_MAX = 9

_RUN = re.compile(r"\d(?:[ \-\u00a0\u2010-\u2015]?\d){12,}")
_GROUP = re.compile(r"\d+")
# Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro.
_SCHEME = re.compile(r"4|5[0-8]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3(?:[47]|0[0-5]|[689]|5)|6")


class CardNumberRefused(Invalid):
    """A card number was found. Never send card numbers; save a payment method by its token instead."""

    code = "sensitive_data_refused"


def refuse_card_numbers(value: Any, param: str = "") -> None:
    """Raises CardNumberRefused, naming the parameter, when any text in `value` holds a card number."""
    for where, text in _texts(value, param):
        if len(text) >= DIGITS_MIN and not _is_phone(where, text) and holds_card_number(text):
            raise CardNumberRefused(
                f"'{where}' seems to hold a card number. Card numbers are not accepted here: save a payment method "
                "by its token instead.",
                param=where,
            )


def holds_card_number(text: str) -> bool:
    """Whether the text holds what looks like a card number."""
    for run in _RUN.finditer(text):
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
    return text.startswith("+") and (where == "phone" or where.endswith("[phone]"))


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float):
        yield where, str(value)
    elif isinstance(value, Mapping):
        for name, each in cast("Mapping[str, Any]", value).items():
            inside = f"{where}[{name}]" if where else name
            yield where or "parameters", name
            yield from _texts(each, inside)
    elif isinstance(value, Sequence):
        for index, each in enumerate(cast("Sequence[Any]", value)):
            yield from _texts(each, f"{where}[{index}]")
