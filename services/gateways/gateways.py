"""Which gateway serves whom: chosen for each account and environment, and remembered by the payments that it took."""

from collections.abc import Awaitable, Callable

import httpx
from msgspec import Struct

from services.core.envelope import Envelope
from services.core.refusal import Conflict, Unavailable
from services.gateways.gateway import Gateway, Provider
from services.gateways.simulator.client import SimulatorGateway
from services.gateways.stripe.client import StripeGateway
from services.gateways.stripe.wire import stripe_client

# Whoever saves a key waits no longer than this for what Stripe says of it.
KEY_CHECK_SECONDS = 2.0


class NoGateway(Conflict):
    """This account has no payment gateway in this environment; set one with PUT /v1/account. Nothing was charged."""

    code = "gateway_not_configured"


class NoSimulator(Unavailable):
    """The simulated payment gateway is not running here (PEASWAP_GATEWAY_URL). Nothing was charged."""

    code = "gateway_unavailable"


class StripeKeys(Struct, frozen=True):
    """What opens an account at Stripe. `id` names these keys; others have another."""

    id: str
    secret_key: str
    webhook_secret: str | None = None

    def __repr__(self) -> str:
        return f"StripeKeys({self.id})"


class Choice(Struct, frozen=True):
    """What new charges of an environment go to; None when nobody has chosen. The keys stay for what Stripe charged
    before another provider was chosen."""

    provider: Provider | None = None
    stripe: StripeKeys | None = None


Choose = Callable[[Envelope], Awaitable[Choice]]


async def nothing_chosen(_envelope: Envelope) -> Choice:
    """Where accounts have no choice: the simulated gateway in test, none in live."""
    return Choice()


class Gateways:
    """The providers of a process, each with the connections that it needs."""

    def __init__(
        self, simulator: Gateway | None, stripe: httpx.AsyncClient, timeout_seconds: float, choose: Choose
    ) -> None:
        self._simulator = simulator
        self._stripe = stripe
        self._timeout_seconds = timeout_seconds
        self._choose = choose

    @classmethod
    def open(
        cls, *, simulator: str, token: str, stripe: str, timeout_seconds: float, choose: Choose = nothing_chosen
    ) -> "Gateways":
        """The simulated provider at `simulator` (none when that is empty) and Stripe at `stripe`."""
        simulated = SimulatorGateway(simulator, token, timeout_seconds) if simulator else None
        return cls(simulated, stripe_client(stripe, timeout_seconds), timeout_seconds, choose)

    async def chosen(self, envelope: Envelope) -> Gateway:
        """What new charges and methods of this environment go to. Raises NoGateway or NoSimulator."""
        choice = await self._choose(envelope)
        if choice.provider is None and envelope.livemode:
            raise NoGateway
        return self._named(choice, "stripe" if choice.provider == "STRIPE" else "simulator")

    async def chosen_name(self, envelope: Envelope) -> str | None:
        """The name of what new charges would go to; None where nothing is chosen."""
        try:
            return (await self.chosen(envelope)).name
        except NoGateway:
            return None

    async def of(self, envelope: Envelope, name: str) -> Gateway:
        """The gateway called `name`, for what it has charged or saved. Raises NoGateway or NoSimulator."""
        return self._named(await self._choose(envelope), name)

    async def stripe_lets_in(self, secret_key: str) -> bool:
        """Whether Stripe knows this secret key, as far as it says so in time."""
        seconds = min(KEY_CHECK_SECONDS, self._timeout_seconds)
        return await StripeGateway(self._stripe, secret_key, seconds).lets_us_in()

    async def choice(self, envelope: Envelope) -> Choice:
        """What was chosen for this environment."""
        return await self._choose(envelope)

    async def close(self) -> None:
        """Closes all connections."""
        if self._simulator is not None:
            await self._simulator.close()
        await self._stripe.aclose()

    def _named(self, choice: Choice, name: str) -> Gateway:
        if name == StripeGateway.name:
            if choice.stripe is None:
                raise NoGateway
            return StripeGateway(self._stripe, choice.stripe.secret_key, self._timeout_seconds)
        if self._simulator is None:
            raise NoSimulator
        return self._simulator
