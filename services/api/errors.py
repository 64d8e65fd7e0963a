"""Refusals as HTTP: the only place that knows both."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from msgspec import Struct

from eventstore.errors import OutcomeUnknown, StoreUnavailable
from services.api.wording import sentence
from services.core.refusal import (
    Conflict,
    Declined,
    Forbidden,
    InProgress,
    Invalid,
    KeyMismatch,
    Limited,
    Missing,
    Refusal,
    Unauthenticated,
    Unavailable,
)

RETRY_AFTER_SECONDS = 2


class TooLarge(Invalid):
    """The request body is larger than 1 MiB."""

    code = "body_too_large"


class WrongContentType(Invalid):
    """Send the parameters as application/json or application/x-www-form-urlencoded."""

    code = "content_type_unsupported"


class WrongMethod(Invalid):
    """This path does not take this method."""

    code = "method_not_allowed"


class RouteUnknown(Missing):
    """There is no such path."""

    code = "route_unknown"


# The first kind that fits gives status and type.
KINDS: tuple[tuple[type[Refusal], int, str], ...] = (
    (TooLarge, 413, "invalid_request_error"),
    (WrongContentType, 415, "invalid_request_error"),
    (WrongMethod, 405, "invalid_request_error"),
    (Unauthenticated, 401, "authentication_error"),
    (Forbidden, 403, "permission_error"),
    (Limited, 429, "rate_limit_error"),
    (InProgress, 409, "idempotency_error"),
    (KeyMismatch, 400, "idempotency_error"),
    (Declined, 402, "card_error"),
    (Unavailable, 503, "api_error"),
    (Missing, 404, "invalid_request_error"),
    (Conflict, 400, "invalid_request_error"),
    (Invalid, 400, "invalid_request_error"),
)
# What asyncpg says of text that Postgres cannot store; it must not look like a fault of ours.
INTERNAL = "Something went wrong on our side; it has been logged under this request id."


class ErrorDetail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, for a program (`type`, `code`, `param`) and for a person (`message`)."""

    type: str
    code: str
    message: str
    request_id: str
    param: str | None = None
    decline_code: str | None = None


class ErrorBody(Struct, frozen=True):
    """The one shape of every error."""

    error: ErrorDetail


class Problem(Struct, frozen=True):
    """An error as it is sent."""

    status: int
    body: bytes
    headers: Mapping[str, str]


# What a client sent in the wrong place must not travel on with the error: those are shown and kept by others.
SECRET = re.compile(r"\b((?:sk|rk)_(?:test|live)_)\w{6,}|\b(whsec_)[\w+/=-]{6,}")


def _masked(text: str) -> str:
    """The text with secrets cut down to what kind they are: `sk_test_…`."""
    return SECRET.sub(lambda found: f"{found[1] or found[2]}…", text)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def problem_of(refusal: Refusal, request_id: str) -> Problem:
    """How a refusal is sent."""
    status, kind = next((status, kind) for each, status, kind in KINDS if isinstance(refusal, each))
    headers: dict[str, str] = {}
    if isinstance(refusal, Limited | Unavailable | InProgress):
        headers["retry-after"] = str(refusal.extra.get("retry_after", RETRY_AFTER_SECONDS))
    if isinstance(refusal, WrongMethod):
        headers["allow"] = str(refusal.extra["allow"])
    if isinstance(refusal, Unauthenticated):
        headers["www-authenticate"] = 'Bearer realm="PeaSwap"'
    detail = ErrorDetail(
        type=kind,
        code=refusal.refusal_code,
        message=_masked(refusal.message),
        request_id=request_id,
        param=None if refusal.param is None else _masked(refusal.param),
        decline_code=_text(refusal.extra.get("decline_code")),
    )
    return Problem(status, msgspec.json.encode(ErrorBody(detail)), headers)


def internal_problem(request_id: str) -> Problem:
    """How a fault of ours is sent: without a word of what it was."""
    detail = ErrorDetail(type="api_error", code="internal_error", message=INTERNAL, request_id=request_id)
    return Problem(500, msgspec.json.encode(ErrorBody(detail)), {})


def as_refusal(problem: Exception) -> Refusal | None:
    """The refusal behind an exception of the floors below; None when it is a fault of ours."""
    if isinstance(problem, Refusal):
        return problem
    if isinstance(problem, StoreUnavailable):
        return Unavailable()
    if isinstance(problem, OutcomeUnknown):
        return Unavailable(
            "The connection to the database was lost; whether this was written is not known. Send it again with the "
            "same Idempotency-Key, or read the object.",
            code="outcome_unknown",
        )
    return None


_AT = re.compile(r" - at `(?:key in )?\$(.*)`$")
_UNKNOWN = re.compile(r"^Object contains unknown field `(.*)`")
_REQUIRED = re.compile(r"^Object missing required field `(.*)`")


def invalid_parameter(problem: Exception, kind: type[Struct], given: Mapping[str, Any]) -> Invalid:
    """msgspec's word on a parameter of `kind`, as a sentence that names it the way clients wrote it."""
    text = str(problem)
    at = _AT.search(text)
    names = _found(_names(at[1]), given) if at else []
    path = _brackets(names)
    text = _AT.sub("", text)
    if found := _UNKNOWN.match(text):
        param = _inside(path, found[1])
        return Invalid(f"Unknown parameter: '{param}'.", code="parameter_unknown", param=param)
    if found := _REQUIRED.match(text):
        param = _inside(path, found[1])
        return Invalid(f"Missing required parameter: '{param}'.", code="parameter_missing", param=param)
    subject = f"'{path}'" if path else "Each parameter"
    return Invalid(f"{subject} {sentence(text, kind, names)}.", code="parameter_invalid", param=path or None)


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _names(path: str) -> list[str]:
    """The steps of `.items[0].price`: items, 0, price."""
    return [name or index for name, index in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", path)]


def _found(names: Sequence[str], given: Any) -> list[str]:
    """The names as they were `given`: msgspec does not say which key of a map of the client's own it means."""
    found: list[str] = []
    here: Any = given
    for name in names:
        inside = cast(dict[str, Any], here) if isinstance(here, dict) else {}
        key = next((key for key, each in inside.items() if isinstance(each, dict | list)), "")
        if name != "...":
            key = name
            here = cast(list[Any], here)[int(name)] if isinstance(here, list) else inside.get(key)
        if not key:
            break
        found.append(key)
    return found


def _brackets(names: Sequence[str]) -> str:
    """Address and city as `address[city]`, items, 0 and price as `items[0][price]`."""
    return names[0] + "".join(f"[{name}]" for name in names[1:]) if names else ""
