"""What can go wrong, by status.

PeaswapError
├── ConnectionLost              the server was not reached, or its answer was lost
│   └── TimedOut                the server was silent for too long
├── InvalidRequestError         400: a parameter is wrong, or the object's state forbids it
│   └── NotFoundError           404: there is no such object
├── AuthenticationError         401: no key, or one that opens nothing
├── CardError                   402: the charge was declined; see `decline_code` and `payment`
├── PermissionDenied            403: the key lacks a permission
├── IdempotencyError            400, 409: the key was used for something else, or is being worked on
├── RateLimitError              429: too many requests
├── ServerError                 500 and above: a fault of the server
└── SignatureVerificationError  a webhook is not ours, was changed, or is too old
"""

from collections.abc import Mapping
from typing import Any, cast

from peaswap.generated.objects import Payment

SERVER_FAULT = 500


class PeaswapError(Exception):
    """Any error of this library. Fields that an error does not have are None."""

    def __init__(self, message: str, *, status: int | None = None, error: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        error = error or {}
        self.message = message
        self.status = status
        self.type: str | None = error.get("type")
        self.code: str | None = error.get("code")
        self.param: str | None = error.get("param")
        self.decline_code: str | None = error.get("decline_code")
        payment: Mapping[str, Any] | None = error.get("payment")
        self.payment = None if payment is None else Payment.of(payment)
        self.request_id: str | None = error.get("request_id")


class ConnectionLost(PeaswapError):
    """The server was not reached, or its answer was lost; with an idempotency key it is safe to ask again."""


class TimedOut(ConnectionLost):
    """The server was silent for as long as the time-out."""


class InvalidRequestError(PeaswapError):
    """A parameter is wrong, or the state of the object forbids it."""


class NotFoundError(InvalidRequestError):
    """There is no such object."""


class AuthenticationError(PeaswapError):
    """No key, or one that opens nothing."""


class CardError(PeaswapError):
    """The charge was declined; `decline_code` says why, `payment` is the payment."""


class PermissionDenied(PeaswapError):
    """The key lacks a permission; the message names it."""


class IdempotencyError(PeaswapError):
    """The idempotency key was used for something else, or is being worked on."""


class RateLimitError(PeaswapError):
    """Too many requests."""


class ServerError(PeaswapError):
    """A fault of the server."""


class SignatureVerificationError(PeaswapError):
    """A webhook was not signed with the secret, was changed on the way, or is too old."""


BY_STATUS: Mapping[int, type[PeaswapError]] = {
    401: AuthenticationError,
    402: CardError,
    403: PermissionDenied,
    404: NotFoundError,
    409: IdempotencyError,
    429: RateLimitError,
}


def error_of(status: int, body: Any, request_id: str | None = None) -> PeaswapError:
    """The error that an answer with this status and body is; `request_id` is that of its headers."""
    given: Any = cast(Mapping[str, Any], body).get("error") if isinstance(body, Mapping) else None
    told: Mapping[str, Any] = cast(Mapping[str, Any], given) if isinstance(given, Mapping) else {}
    error = {"request_id": request_id, **told}
    kind = BY_STATUS.get(status, ServerError if status >= SERVER_FAULT else InvalidRequestError)
    if error.get("type") == "idempotency_error":
        kind = IdempotencyError
    return kind(str(error.get("message", f"The server answered {status}.")), status=status, error=error)
