"""Refusals: the answers "no" that a client can act on. The domain never speaks HTTP.

    Refusal
    ├── Missing          what the path names does not exist
    ├── Invalid          a parameter is missing, malformed, or names what does not exist
    ├── Conflict         the state of the world forbids it
    │   └── Unsettled    it depends on an outcome that is not known yet
    ├── Declined         the payment provider declined the charge
    ├── Unauthenticated  no key, or one that does not open anything
    ├── Forbidden        the key lacks a permission
    ├── Limited          too many requests
    ├── InProgress       the same idempotency key is being worked on now
    ├── KeyMismatch      the idempotency key was used for another request
    └── Unavailable      Postgres or Redis is away; asking again later is safe

A refusal's docstring is the sentence that the client reads, unless it was raised with one of its own.
"""

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):
    """The request cannot be granted."""

    code: ClassVar[str] = "invalid_request"

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        param: str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.message = message or " ".join((type(self).__doc__ or "").split())
        self.refusal_code = code or type(self).code
        self.param = param
        self.extra = extra or {}
        super().__init__(self.message)


class Missing(Refusal):
    """There is no such object."""

    code = "resource_missing"


class Invalid(Refusal):
    """A parameter is not valid."""

    code = "parameter_invalid"


class Conflict(Refusal):
    """The object's state does not allow this."""

    code = "state_conflict"


class Unsettled(Conflict):
    """This depends on an outcome that is not known yet; send it again once it is."""

    code = "outcome_unknown"
    # How soon a worker looks again, at the latest; None: as with anything that cannot be done.
    again_seconds_max: ClassVar[int | None] = None


class Declined(Refusal):
    """The charge was declined."""

    code = "card_declined"


class Unauthenticated(Refusal):
    """No valid API key was given. Send it as 'Authorization: Bearer sk_test_…'."""

    code = "api_key_invalid"


class Forbidden(Refusal):
    """This key lacks a permission."""

    code = "permission_missing"


class Limited(Refusal):
    """Too many requests with this key; wait a moment and send it again."""

    code = "rate_limit"


class InProgress(Refusal):
    """A request with this Idempotency-Key is being worked on now; send it again in a moment."""

    code = "idempotency_key_in_use"


class KeyMismatch(Refusal):
    """This Idempotency-Key was used before with another method, path or other parameters. Use a new key."""

    code = "idempotency_key_reused"


class Unavailable(Refusal):
    """The server cannot reach its database at the moment. Nothing was written; send it again in a few seconds."""

    code = "service_unavailable"
