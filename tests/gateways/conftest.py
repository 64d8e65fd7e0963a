"""Every gateway that there is, as the contract suite asks it: the real connector, a proxy that misbehaves on demand,
and behind it the simulated provider's own server, or localstripe in the place of Stripe."""

from collections.abc import AsyncGenerator, Generator

import httpx
import pytest

from services.gateways.simulator.client import SimulatorGateway
from services.gateways.stripe.client import StripeGateway
from services.gateways.stripe.wire import stripe_client
from tests.gateways.provider import PROVIDERS, Books, Provider
from tests.support.gateway import TOKEN, SimulatorProcess
from tests.support.localstripe import SECRET_KEY, LocalStripe, localstripe, until_it_answers
from tests.support.proxy import fault_proxy

# Longer than any answer takes on a busy machine; whoever wants to see a time-out is hasty.
SECONDS = 20.0
HASTY_SECONDS = 2.0


@pytest.fixture(scope="session")
def stripe_server() -> Generator[LocalStripe]:
    with localstripe() as running:
        yield running


@pytest.fixture(scope="session")
def simulator_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SimulatorProcess]:
    running = SimulatorProcess(tmp_path_factory.mktemp("simulator"))
    running.spawn()
    try:
        until_it_answers(f"{running.url}/healthz")
        yield running
    finally:
        running.kill()


@pytest.fixture(params=PROVIDERS)
async def provider(request: pytest.FixtureRequest) -> AsyncGenerator[Provider]:
    """The gateway under contract."""
    name: str = request.param
    if name == "simulator":
        server: SimulatorProcess = request.getfixturevalue("simulator_server")
        async with fault_proxy(server.url) as proxy:
            headers = {"Authorization": f"Bearer {TOKEN}"}

            async def simulated_books(reference: str) -> Books:
                async with httpx.AsyncClient(
                    base_url=server.url, headers=headers, timeout=60, trust_env=False
                ) as client:
                    totals = (await client.get("/books", params={"reference": reference})).json()["totals"]
                return Books(*(sum(each[column] for each in totals) for column in ("captures", "captured", "refunded")))

            stranger = SimulatorGateway(proxy.url, "another-token", SECONDS)
            gateway = SimulatorGateway(proxy.url, TOKEN, SECONDS)
            hasty = SimulatorGateway(proxy.url, TOKEN, HASTY_SECONDS)

            async def sent_back(reference: str) -> None:
                await gateway.take_back(reference, livemode=False)

            yield Provider(name, gateway, hasty, stranger, proxy, simulated_books, "pm_bank_fail", sent_back)
            for each in (gateway, hasty, stranger):
                await each.close()
        return
    standin: LocalStripe = request.getfixturevalue("stripe_server")
    async with fault_proxy(standin.url) as proxy:

        async def stripe_books(reference: str) -> Books:
            found = await standin.books(reference)
            return Books(found["captures"], found["captured"], found["refunded"])

        client: httpx.AsyncClient = stripe_client(proxy.url, SECONDS)
        gateway = StripeGateway(client, SECRET_KEY, SECONDS)
        stranger = StripeGateway(client, "rk_test_of_somebody_else", SECONDS)
        bank = await standin.bank_account("DE62370400440532013001")
        hasty = StripeGateway(client, SECRET_KEY, HASTY_SECONDS)
        yield Provider(name, gateway, hasty, stranger, proxy, stripe_books, bank, standin.fail_refund)
        await client.aclose()
