"""What tests of money may ask for: a desk where requests come in, beside the gateway's own books."""

from collections.abc import AsyncGenerator

import pytest

from eventstore.store import EventStore
from eventstore.tenants import Tenants
from eventstore.vault import Vault
from services.billing.registry import CODECS
from services.billing.test_clocks.lookup import time_on
from services.core.engine import Engine
from tests.support.desk import Desk, LateClock
from tests.support.gateway import TOKEN, SimulatorProcess, simulated

# Longer than any answer takes on a busy machine; whoever wants to see a time-out is hasty.
GATEWAY_SECONDS = 60.0
HASTY_SECONDS = 1.0


@pytest.fixture
async def desk(store: EventStore, gateway: SimulatorProcess) -> AsyncGenerator[Desk]:
    """The desk of a test environment."""
    clock, tenants = LateClock(), Tenants(store.pool)
    vault = Vault(store.pool, bytes(range(32)))
    engine = Engine(store=store, vault=vault, tenants=tenants, clock=clock, codecs=CODECS, time_on=time_on)
    patient, hasty = (simulated(gateway.url, TOKEN, seconds) for seconds in (GATEWAY_SECONDS, HASTY_SECONDS))
    yield Desk(engine, patient, hasty, await tenants.open("acct_a/test"), clock)
    await patient.close()
    await hasty.close()
