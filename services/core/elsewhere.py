"""Whether an object that is not here lies in the account's other environment: the most common reason for a 404."""

from services.core.decider import AnyDecider
from services.core.engine import Engine
from services.core.envelope import Envelope


async def in_other_environment(engine: Engine, envelope: Envelope, decider: AnyDecider, id: str) -> str:
    """The end of a sentence that says so; empty when it is not there either."""
    other, here = ("test", "live") if envelope.livemode else ("live", "test")
    tenant = await engine.tenants.find(f"{envelope.account}/{other}")
    if tenant is None or (await engine.load(decider, tenant, id)).state is None:
        return ""
    return f"; it exists in {other}, but this key is for {here}"
