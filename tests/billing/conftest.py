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

GATEWAY_SECONDS = 0.5


@pytest.fixture
async def desk(store: EventStore, gateway: SimulatorProcess) -> AsyncGenerator[Desk]:
    """The desk of a test environment."""
    clock, tenants = LateClock(), Tenants(store.pool)
    vault = Vault(store.pool, bytes(range(32)))
    engine = Engine(store=store, vault=vault, tenants=tenants, clock=clock, codecs=CODECS, time_on=time_on)
    gateways = simulated(gateway.url, TOKEN, GATEWAY_SECONDS)
    yield Desk(engine, gateways, await tenants.open("acct_a/test"), clock)
    await gateways.close()
