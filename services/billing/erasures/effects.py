"""What gateways have saved of an erased customer is forgotten there too: by workers, until it is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.billing.erasures.commands import FinishErasure
from services.billing.erasures.decider import ERASURES
from services.billing.erasures.state import Erasure
from services.billing.payment_methods.lookup import reachable
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.step import Step
from services.gateways.gateways import Gateways


def due(erasure: Erasure) -> datetime | None:
    """At once, while a gateway still has something."""
    return erasure.created_at if erasure.begun and erasure.finished_at is None else None


def why(_erasure: Erasure) -> str:
    """What is asked of gateways, in words."""
    return "asks the gateway to forget what it has saved of the erased customer"


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn. Forgetting twice is forgetting once, so that it can be broken off anywhere."""
    erasure = (await engine.load(ERASURES, envelope.tenant, id)).state
    if erasure is None or not erasure.begun or erasure.finished_at is not None:
        return
    gateways: Gateways = services[Gateways]
    for name in dict.fromkeys(each.gateway for each in erasure.saved):
        gateway = await gateways.of(envelope, name)
        tokens = [each.token for each in erasure.saved if each.gateway == name]
        async with reachable():
            await gateway.forget(erasure.customer, tokens, livemode=envelope.livemode)
    await engine.handle(envelope, Step(ERASURES, id, FinishErasure()))
