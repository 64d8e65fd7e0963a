"""Subscriptions as tests use them: a customer on a test clock, prices, and time that passes."""

from datetime import UTC, datetime
from typing import Any

import httpx

from tests.support.app import RunningApi


def seconds(text: str) -> int:
    """Unix seconds of an ISO 8601 instant."""
    return int(datetime.fromisoformat(text).timestamp())


def iso(at: int | None) -> str:
    """The instant of Unix seconds, to the second, in UTC."""
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


class Shop:
    """A customer on a test clock that started at `clock["frozen_time"]`."""

    def __init__(self, api: RunningApi, clock: dict[str, Any], customer: dict[str, Any]) -> None:
        self.api = api
        self.clock = clock["id"]
        self.customer = customer["id"]

    @classmethod
    async def open(cls, api: RunningApi, at: str, **customer: Any) -> "Shop":
        """A shop at the instant `at`."""
        response = await api.client.post("/v1/test_helpers/test_clocks", json={"frozen_time": seconds(at)})
        clock = response.json()
        return cls(api, clock, await api.create_customer(test_clock=clock["id"], **customer))

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        """The answer's body; its status must be `status`."""
        response = await self.api.client.request(method, path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    async def post(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        return await self.send("POST", path, body, status)

    async def get(self, path: str, **params: Any) -> Any:
        response = await self.api.client.get(path, params=params)
        assert response.status_code == httpx.codes.OK, response.text
        return response.json()

    async def price(self, amount: int, interval: str = "MONTH", count: int = 1, **more: Any) -> str:
        """The id of a new recurring price."""
        body = {
            "currency": "usd",
            "unit_amount": amount,
            "recurring": {"interval": interval, "interval_count": count},
            "product_data": {"name": "Pro"},
            **more,
        }
        return (await self.post("/v1/prices", body))["id"]

    async def card(self, name: str = "pm_card_visa") -> str:
        """A card of the customer, and the default one from now on."""
        method = await self.post(f"/v1/payment_methods/{name}/attach", {"customer": self.customer})
        await self.send("PUT", f"/v1/customers/{self.customer}", {"default_payment_method": method["id"]})
        return method["id"]

    async def subscribe(self, price: str, status: int = 200, **more: Any) -> Any:
        """A subscription, charged at once unless said otherwise."""
        body = {"customer": self.customer, "price": price, "payment_behavior": "allow_incomplete", **more}
        return await self.post("/v1/subscriptions", body, status)

    async def until(self, at: str) -> None:
        """Lets time pass until `at`."""
        await self.post(f"/v1/test_helpers/test_clocks/{self.clock}/advance", {"frozen_time": seconds(at)})
        await self.api.ready(self.clock)

    async def subscription(self, id: str) -> Any:
        """The subscription as it is now."""
        return await self.get(f"/v1/subscriptions/{id}")

    async def invoices(self, subscription: str) -> list[Any]:
        """The subscription's invoices, oldest first."""
        listed = await self.get("/v1/invoices", subscription=subscription, limit=100)
        return sorted(listed["data"], key=lambda invoice: (invoice["created"], invoice["period_start"]))
