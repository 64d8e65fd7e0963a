"""Which gateway serves which environment."""

from services.core.refusal import Unavailable
from services.gateways.gateway import Gateway
from services.gateways.simulator.client import SimulatorGateway


class NoGateway(Unavailable):
    """No payment gateway is configured for this environment (PEASWAP_GATEWAY_URL). Nothing was charged."""

    code = "gateway_unavailable"


class Gateways:
    """The configured providers. Both environments use the simulated one until another is configured."""

    def __init__(self, *, test: Gateway | None, live: Gateway | None) -> None:
        self._test = test
        self._live = live

    @classmethod
    def simulated(cls, url: str, token: str, timeout_seconds: float) -> "Gateways":
        """The simulated provider for both environments; none when `url` is empty."""
        if not url:
            return cls(test=None, live=None)
        gateway = SimulatorGateway(url, token, timeout_seconds)
        return cls(test=gateway, live=gateway)

    def of(self, *, livemode: bool) -> Gateway:
        """The environment's gateway. Raises NoGateway."""
        gateway = self._live if livemode else self._test
        if gateway is None:
            raise NoGateway
        return gateway

    async def close(self) -> None:
        """Closes the connections of all."""
        for gateway in {id(each): each for each in (self._test, self._live) if each is not None}.values():
            await gateway.close()
