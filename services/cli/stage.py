"""What `peaswap trigger` does, call by call: real objects in test mode, made over the API."""

import time
from collections.abc import Mapping
from typing import Any

import click

from services.cli.remote import Remote
from services.core.clock import SystemClock, unix

DAY = 86_400
READY_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.2
FAILING = "pm_card_chargeCustomerFail"

Object = dict[str, Any]


class Stage:
    """The calls that the recipes are made of. Each is shown as it happens. A test clock may take `seconds_max`."""

    def __init__(self, remote: Remote, seconds_max: float = READY_SECONDS_MAX) -> None:
        self._remote = remote
        self._seconds_max = seconds_max

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, declined: bool = False) -> Object:
        """A POST, and the object that it answers; of a declined one the payment."""
        answer = self._remote.post(path, body, declined=declined)
        made: Object = answer["error"]["payment"] if "error" in answer else answer
        # A receipt has no id.
        click.echo(f"POST   {path}  {made.get('id', made['object'])}", err=True)
        return made

    def delete(self, path: str) -> None:
        """A DELETE."""
        self._remote.delete(path)
        click.echo(f"DELETE {path}", err=True)

    def customer(self, card: str | None = None, clock: str | None = None) -> str:
        """The id of a new customer; with `card` it can be charged."""
        body = {"name": "Jenny Rosen", "email": "jenny@example.com", "description": "made by peaswap trigger"}
        id = self.post("/v1/customers", body | ({"test_clock": clock} if clock else {}))["id"]
        if card is not None:
            self.card(id, card)
        return id

    def card(self, customer: str, name: str = "pm_card_visa") -> str:
        """The id of a card that the customer is charged by from now on."""
        id = self.post(f"/v1/payment_methods/{name}/attach", {"customer": customer})["id"]
        self.post(f"/v1/customers/{customer}", {"default_payment_method": id})
        return id

    def product(self) -> str:
        """The id of a new product."""
        return self.post("/v1/products", {"name": "Made by peaswap trigger"})["id"]

    def price(self) -> str:
        """The id of a new monthly price."""
        body = {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Made by peaswap trigger"}}
        return self.post("/v1/prices", body | {"recurring": {"interval": "MONTH"}})["id"]

    def payment(self, *, declined: bool = False, **more: Any) -> str:
        """The id of a payment of 25.00 USD."""
        return self.post("/v1/payments", {"amount": 2500, "currency": "usd", **more}, declined=declined)["id"]

    def subscription(self, customer: str, **more: Any) -> str:
        """The id of a monthly subscription of a customer that can be charged."""
        body = {"customer": customer, "price": self.price(), "payment_behavior": "ALLOW_INCOMPLETE", **more}
        return self.post("/v1/subscriptions", body)["id"]

    def invoice(self, customer: str, *, final: bool = True) -> str:
        """The id of an invoice of 15.00 USD, open or a draft."""
        self.post("/v1/invoice_items", {"customer": customer, "amount": 1500, "currency": "usd"})
        id = self.post("/v1/invoices", {"customer": customer})["id"]
        if final:
            self.post(f"/v1/invoices/{id}/finalize")
        return id

    def clock(self) -> str:
        """The id of a test clock that shows this moment."""
        return self.post("/v1/test_helpers/test_clocks", {"frozen_time": self.now()})["id"]

    def now(self) -> int:
        """This moment, in Unix seconds."""
        return unix(SystemClock().now())

    def later(self, clock: str, days: int) -> None:
        """Lets the clock go this many days on, with all that happens on the way."""
        path = f"/v1/test_helpers/test_clocks/{clock}"
        at = self._remote.get(path)["frozen_time"] + days * DAY
        self.post(f"{path}/advance", {"frozen_time": at})
        until = time.monotonic() + self._seconds_max
        while self._remote.get(path)["status"] != "READY":
            if time.monotonic() > until:
                raise click.ClickException(f"The clock {clock} is not there yet. Is a worker running?")
            time.sleep(LOOK_SECONDS)

    def schedule(self, customer: str, days: int) -> str:
        """The id of a schedule with one payment in so many days."""
        payments = [{"amount": 2500, "date": self.now() + days * DAY}]
        body = {"customer": customer, "currency": "usd", "payments": payments}
        return self.post("/v1/payment_schedules", body)["id"]

    def key(self) -> str:
        """The id of a key that may read customers for an hour."""
        body = {"name": "made by peaswap trigger", "permissions": {"customers": "read"}, "expires": self.now() + 3600}
        return self.post("/v1/api_keys", body)["id"]
