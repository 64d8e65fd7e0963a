"""A delivery and its tries as clients see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from services.core.clock import unix

Status = Literal["PENDING", "DELIVERED", "FAILED", "CANCELED"]


class DeliveryAttempt(Struct, frozen=True, kw_only=True):
    """A try. `status_code` null: there was no answer, and `error` says why. `request_headers` are those sent, without
    the signatures; `response_head` is how the answer begins, up to 4 KiB."""

    number: int
    created: int
    duration_ms: int
    status_code: int | None
    error: str | None
    request_headers: Mapping[str, str]
    response_head: str | None


class DeliveryObject(Struct, frozen=True, kw_only=True):
    """An event on its way to an endpoint. `next_attempt`: when it is to be tried (again); null when it is done, or
    while it waits for an earlier event of the same object."""

    id: str
    object: str = "webhook_delivery"
    webhook_endpoint: str
    event: str
    event_type: str
    object_id: str
    status: Status
    created: int
    finished: int | None
    next_attempt: int | None
    livemode: bool
    attempts: Sequence[DeliveryAttempt]


class ReplayObject(Struct, frozen=True, kw_only=True):
    """What stands in the log from `from_position` on, up to where the replay was asked for, is sent once more."""

    id: str
    object: str = "webhook_replay"
    webhook_endpoint: str
    from_position: int
    livemode: bool


def delivery_attempt(row: Sequence[Any], head: str | None) -> DeliveryAttempt:
    """A row of the log of tries: number, instant, duration, status, error, headers."""
    number, attempted_at, duration_ms, status_code, error, headers = row
    return DeliveryAttempt(
        number=number,
        created=unix(attempted_at),
        duration_ms=duration_ms,
        status_code=status_code,
        error=error,
        request_headers=msgspec.json.decode(headers, type=dict[str, str]),
        response_head=head,
    )


def unix_or_none(at: datetime | None) -> int | None:
    """Unix seconds, where there is an instant."""
    return None if at is None else unix(at)
