"""Payments that wait for an answer nobody is waiting for any more: workers ask again."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.billing.payments.settling import settle
from services.billing.payments.state import Payment
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.resume import ATTEND_SECONDS_MAX, TURN_SECONDS
from services.gateways.gateways import Gateways

SETTLING_SECONDS = 1


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: asks again about a payment whose outcome is unknown."""
    until = asyncio.get_running_loop().time() + ATTEND_SECONDS_MAX
    await settle(engine, services[Gateways], envelope, id, until=until)


def why(payment: Payment) -> str:
    """What is asked then, in words."""
    return f"asks the gateway what became of the {payment.asked}"


def due(payment: Payment) -> datetime | None:
    """When a worker should ask the gateway about the payment; None when nothing is open."""
    if payment.asked is None or payment.asked_at is None:
        return None
    if payment.settling:
        return payment.asked_at + timedelta(seconds=SETTLING_SECONDS)
    # Whoever asked first is given its turn before a worker asks in its place.
    return payment.asked_at if payment.handed_over else payment.asked_at + timedelta(seconds=TURN_SECONDS)
