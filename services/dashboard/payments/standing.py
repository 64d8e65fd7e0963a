"""How a payment stands, in words, and what can be done to it. Pure."""

from collections.abc import Mapping
from typing import Any

CONFIRMABLE = frozenset({"REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION", "FAILED"})
CANCELABLE = CONFIRMABLE | {"REQUIRES_CAPTURE"}
# How a payment stands, where what is asked for is impossible.
STANDS = {
    "SUCCEEDED": "has succeeded",
    "FAILED": "has failed",
    "PROCESSING": "is still being processed",
    "CANCELED": "is canceled",
    "REQUIRES_CAPTURE": "is reserved and waits to be captured",
    "REQUIRES_PAYMENT_METHOD": "waits for a method and has charged nothing",
    "REQUIRES_CONFIRMATION": "waits to be charged",
}


def standing_of(payment: Mapping[str, Any]) -> str:
    """Its status; of one that was given back, that it was."""
    if not payment["amount_refunded"]:
        return payment["status"]
    return "PARTLY_REFUNDED" if left_of(payment) else "REFUNDED"


def left_of(payment: Mapping[str, Any]) -> int:
    """What can still be given back."""
    return payment["amount_received"] - payment["amount_refunded"] if payment["status"] == "SUCCEEDED" else 0
