"""Stripe's webhooks in: whether Stripe sent them, and what they are about. Pure: time and secrets are handed in.

An event is never believed for what it says of money. It names a payment or a refund of ours, which is then asked
about; so that one that comes twice, late or out of order does nothing that a worker would not do.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from services.gateways.stripe.translate import KEY, PAYMENT

TOLERANCE_SECONDS = 300
REFUND_KEY = "refund:"
DISPUTES = "charge.dispute."


class WrongSignature(Exception):
    """Not signed with this secret, or too long ago."""


class _Object(Struct, frozen=True):
    id: str = ""
    object: str = ""
    metadata: dict[str, Any] | None = None
    payment_intent: str | None = None
    amount: int | None = None
    currency: str | None = None
    reason: str | None = None


class _Data(Struct, frozen=True):
    object: _Object


class _Event(Struct, frozen=True):
    id: str
    type: str
    data: _Data


class Dispute(Struct, frozen=True, kw_only=True):
    """A charge that the customer contests at the bank; `charge` is our payment's gateway reference."""

    id: str
    charge: str | None
    amount: int | None
    currency: str | None
    reason: str | None


class Notice(Struct, frozen=True, kw_only=True):
    """What an event is about: a payment of ours, a refund of ours, a dispute, or none of them."""

    id: str
    type: str
    payment: str | None = None
    refund: str | None = None
    dispute: Dispute | None = None


def verify(body: bytes, signature: str, secret: str, now: datetime) -> None:
    """Raises WrongSignature unless the header signs exactly these bytes, with this secret, a moment ago."""
    parts = [part.strip().partition("=") for part in signature.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1 or not stamps[0].isascii() or not stamps[0].isdigit():
        raise WrongSignature
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE_SECONDS:
        raise WrongSignature
    signed = hmac.digest(secret.encode(), stamps[0].encode() + b"." + body, hashlib.sha256).hex()
    # Stripe signs with the old and the new secret while one replaces the other.
    given = [value for name, _, value in parts if name == "v1" and value.isascii()]
    if not any([hmac.compare_digest(signed, each) for each in given]):
        raise WrongSignature


def notice_of(body: bytes) -> Notice | None:
    """What an event is about; None when it cannot be read."""
    try:
        event = msgspec.json.decode(body, type=_Event)
    except msgspec.MsgspecError:
        return None
    about = event.data.object
    marks = {name: value for name, value in (about.metadata or {}).items() if isinstance(value, str)}
    key = marks.get(KEY, "")
    if event.type.startswith(DISPUTES):
        dispute = Dispute(
            id=about.id,
            charge=about.payment_intent,
            amount=about.amount,
            currency=about.currency,
            reason=about.reason,
        )
        return Notice(id=event.id, type=event.type, dispute=dispute)
    if about.object == "refund":
        refund = key.removeprefix(REFUND_KEY) if key.startswith(REFUND_KEY) else None
        return Notice(id=event.id, type=event.type, refund=refund)
    if about.object in {"payment_intent", "charge"}:
        return Notice(id=event.id, type=event.type, payment=marks.get(PAYMENT))
    return Notice(id=event.id, type=event.type)
