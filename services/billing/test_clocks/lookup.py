"""Finding a test clock, and telling what time it shows."""

from datetime import datetime

from eventstore.tenants import Tenant
from services.billing.test_clocks.decider import TEST_CLOCKS
from services.billing.test_clocks.state import TestClock
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.reader import Reader
from services.core.refusal import Invalid


class TestClockUnknown(Invalid):
    """There is no such test clock."""

    code = "resource_missing"


class TestOnly(Invalid):
    """Test clocks exist in test only."""

    code = "testmode_only"


async def time_on(reader: Reader, tenant: Tenant, id: str) -> datetime:
    """The time that the clock shows."""
    clock = (await reader.load(TEST_CLOCKS, tenant, id)).state
    assert clock is not None, "what lives by a clock was made on one that existed"
    return clock.frozen_at


async def existing_clock(engine: Engine, envelope: Envelope, id: str) -> TestClock:
    """The clock `id`, which is there and not deleted. Raises Invalid naming the parameter `test_clock`."""
    if envelope.livemode:
        raise TestOnly(param="test_clock")
    clock = (await engine.load(TEST_CLOCKS, envelope.tenant, id)).state
    if clock is None or clock.deleted_at is not None:
        raise TestClockUnknown(f"No such test clock: '{id}'.", param="test_clock")
    return clock
