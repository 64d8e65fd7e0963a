"""Checks of the fields that clients may set, shared by all capabilities. Each raises `Invalid` naming the parameter."""

import re
from collections.abc import Mapping
from typing import Annotated
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from msgspec import Meta, UnsetType

from services.core.ids import new_id
from services.core.money import is_currency
from services.core.refusal import Invalid

METADATA_KEYS_MAX = 50
METADATA_KEY_CHARACTERS_MAX = 40
METADATA_VALUE_CHARACTERS_MAX = 500
PHONE_CHARACTERS_MAX = 32
PHONE_DIGITS_MIN = 3
PHONE_DIGITS_MAX = 15

Name = Annotated[str, Meta(max_length=256)]
LongText = Annotated[str, Meta(max_length=1000)]
ShortText = Annotated[str, Meta(max_length=256)]
IdText = Annotated[str, Meta(min_length=1, max_length=64)]
MetadataValue = str | int | float | bool | None
MetadataDraft = dict[str, MetadataValue]
MetadataPatch = MetadataDraft | UnsetType | str | None

# What stands where an id would in a path: an object of that name could never be reached.
PATHS_OF_THEIR_OWN = {"search"}
_CHOSEN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*", re.ASCII)
CHOSEN_ID_CHARACTERS_MAX = 64

# What nearly all addresses look like, and every reader of the RFCs takes for one. The others are asked about at length.
_PLAIN_EMAIL = re.compile(
    r"(?=.{6,64}\Z)[a-z0-9]+(?:[._+\-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?!(?:arpa|invalid|local|localhost|onion|test)\Z)[a-z]{2,}\Z",
    re.ASCII | re.IGNORECASE,
)
_PHONE = re.compile(r"\+?[0-9 .()\-]+", re.ASCII)
# What this machine happens to be set to, and the placeholder of one that is not, are nobody's zone.
_ZONES = frozenset(available_timezones()) - {"localtime", "Factory"}


def required_text(value: str, param: str) -> str:
    """`value` unless it is empty or blank."""
    if not value.strip():
        raise Invalid(f"'{param}' must not be empty.", code="parameter_missing", param=param)
    return value


def one_of(first: str, second: str, *, both: bool) -> Invalid:
    """The refusal of a call that gives both of two parameters, or neither, where one is to be given."""
    code = "parameters_exclusive" if both else "parameter_missing"
    return Invalid(f"Give '{first}' or '{second}', one of them.", code=code, param=first)


def chosen_id(value: str | None, prefix: str) -> str:
    """The id that the client chose, or a fresh one when it chose none."""
    if value is None:
        return new_id(prefix)
    if len(value) > CHOSEN_ID_CHARACTERS_MAX or not _CHOSEN_ID.fullmatch(value):
        raise Invalid(
            "'id' has 1 to 64 letters, digits, '_', '-' and '.', and starts with a letter, a digit or '_'.", param="id"
        )
    if value in PATHS_OF_THEIR_OWN:
        raise Invalid(f"'{value}' cannot be an id: there is a path of that name. Choose another.", param="id")
    return value


def email_address(value: str, *, livemode: bool) -> str:
    """`value` as given when its syntax is that of an e-mail address (RFC 5321/5322 as email-validator reads them).

    No name is looked up. In test, `@localhost` and names under `.test` are addresses too.
    """
    if _PLAIN_EMAIL.match(value):
        return value
    required_text(value, "email")
    local, _, domain = value.rpartition("@")
    on_localhost = not livemode and domain.lower() == "localhost"
    checked = f"{local}@localhost.test" if on_localhost else value
    try:
        validate_email(checked, check_deliverability=False, test_environment=not livemode, strict=True)
    except EmailNotValidError as problem:
        raise Invalid(
            f"'email' is not a valid e-mail address: {problem}", code="email_invalid", param="email"
        ) from None
    return value


def phone_number(value: str) -> str:
    """`value` as given when it has the form of a phone number; whether the number exists is not asked."""
    digits = sum(character.isdigit() for character in value)
    if (
        len(value) > PHONE_CHARACTERS_MAX
        or not _PHONE.fullmatch(value)
        or not PHONE_DIGITS_MIN <= digits <= PHONE_DIGITS_MAX
    ):
        raise Invalid(
            "'phone' must be a phone number: an optional '+', then 3 to 15 digits; spaces, dots, dashes and "
            "brackets may stand between them.",
            code="phone_invalid",
            param="phone",
        )
    return value


def time_zone(value: str) -> str:
    """`value` when it is the name of an IANA time zone."""
    if value not in _ZONES:
        raise Invalid(
            f"'{value}' is not an IANA time zone such as 'Europe/Berlin' or 'UTC'.",
            code="timezone_invalid",
            param="timezone",
        )
    return value


def currency_code(value: str, param: str = "currency") -> str:
    """The lower-case ISO 4217 code."""
    code = value.lower()
    if not is_currency(code):
        raise Invalid(
            f"'{value}' is not an ISO 4217 currency code such as 'usd'.", code="currency_invalid", param=param
        )
    return code


def merged_metadata(old: Mapping[str, str], draft: MetadataPatch) -> dict[str, str]:
    """`old` with the keys of `draft` laid over it; null or "" deletes a key, null for the whole clears it."""
    if isinstance(draft, UnsetType):
        return dict(old)
    if draft is None or isinstance(draft, str):
        if draft:
            raise Invalid("'metadata' must be a map of keys to values.", param="metadata")
        return {}
    merged = dict(old)
    for key, value in draft.items():
        if not 0 < len(key) <= METADATA_KEY_CHARACTERS_MAX:
            raise Invalid("Each key of 'metadata' has 1 to 40 characters.", code="metadata_invalid", param="metadata")
        text = _metadata_text(value)
        if len(text) > METADATA_VALUE_CHARACTERS_MAX:
            raise Invalid(
                "Each value of 'metadata' has at most 500 characters.",
                code="metadata_invalid",
                param=f"metadata[{key}]",
            )
        if text:
            merged[key] = text
        else:
            merged.pop(key, None)
    if len(merged) > METADATA_KEYS_MAX:
        raise Invalid("'metadata' has at most 50 keys.", code="metadata_invalid", param="metadata")
    return merged


def _metadata_text(value: MetadataValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def cleared(value: str | UnsetType | None) -> str | UnsetType | None:
    """The new value of an optional text: absent changes nothing, null or "" clears it."""
    return value if isinstance(value, UnsetType) else value or None
