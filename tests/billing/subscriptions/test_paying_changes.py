"""A change that is invoiced at once, and what becomes of it when its payment fails, waits, or comes late."""

from typing import Any

import pytest

from tests.support.app import RunningApi
from tests.support.billing import Shop, iso
from tests.support.gateway import SimulatorProcess

FAILING = "pm_card_chargeCustomerFail"


class Changing:
    """A subscription half-way through a month that is paid for, and a dearer price to change to."""

    def __init__(self, shop: Shop, subscription: Any, dearer: str) -> None:
        self.shop = shop
        self.id = subscription["id"]
        self.path = f"/v1/subscriptions/{self.id}"
        self.dearer = dearer

    @classmethod
    async def begin(cls, api: RunningApi, card: str | None = None) -> "Changing":
        shop = await Shop.open(api, "2024-06-01T00:00:00Z")
        subscription = await shop.subscribe(await shop.price(1000))
        await shop.until("2024-06-16T00:00:00Z")
        if card is not None:
            await shop.card(card)
        return cls(shop, subscription, await shop.price(2000))

    async def change(self, behavior: str, status: int = 200, **more: Any) -> Any:
        body = {
            "price": self.dearer,
            "proration_behavior": "always_invoice",
            "payment_behavior": behavior,
            **more,
        }
        return await self.shop.send("PUT", self.path, body, status)

    async def invoice(self) -> Any:
        """The newest invoice."""
        return max(await self.shop.invoices(self.id), key=lambda each: each["number"])


async def test_a_change_that_must_be_paid_changes_nothing_when_it_is_declined(api: RunningApi) -> None:
    changing = await Changing.begin(api, FAILING)
    before = await changing.shop.subscription(changing.id)
    refused = await changing.change("error_if_incomplete", 402, metadata={"plan": "dear"})
    assert (refused["error"]["type"], refused["error"]["payment"]["amount"]) == ("card_error", 500)
    assert await changing.shop.subscription(changing.id) == before
    assert (await changing.invoice())["status"] == "VOID"
    assert not (await changing.shop.get(f"/v1/customers/{changing.shop.customer}"))["delinquent"]
    await changing.shop.card()
    changed = await changing.change("error_if_incomplete", metadata={"plan": "dear"})
    assert (changed["price"], changed["metadata"], changed["pending_update"]) == (
        changing.dearer,
        {"plan": "dear"},
        None,
    )
    assert (await changing.invoice())["amount_paid"] == 500


async def test_a_change_that_waits_is_made_once_its_invoice_is_paid(api: RunningApi) -> None:
    changing = await Changing.begin(api, FAILING)
    waiting = await changing.change("pending_if_incomplete")
    pending = waiting["pending_update"]
    assert waiting["price"] != changing.dearer
    assert (iso(pending["expires_at"]), pending["invoice"]) == ("2024-06-16T23:00:00Z", waiting["latest_invoice"])
    assert pending["subscription_items"][0]["price"]["id"] == changing.dearer
    assert waiting["status"] == "ACTIVE"
    assert await changing.change("pending_if_incomplete") == waiting, "the same change twice is one change"
    await changing.shop.card()
    paid = await changing.shop.post(f"/v1/invoices/{pending['invoice']}/pay")
    assert (paid["status"], [line["amount"] for line in paid["lines"]["data"]]) == ("PAID", [-500, 1000])
    changed = await changing.shop.subscription(changing.id)
    assert (changed["price"], changed["pending_update"], changed["status"]) == (changing.dearer, None, "ACTIVE")
    await changing.shop.until("2024-07-02T00:00:00Z")
    assert (await changing.invoice())["total"] == 2000


async def test_a_change_that_nobody_pays_is_forgotten_after_23_hours(api: RunningApi) -> None:
    changing = await Changing.begin(api, FAILING)
    waiting = await changing.change("pending_if_incomplete")
    await changing.shop.until("2024-06-16T22:59:59Z")
    assert (await changing.shop.subscription(changing.id))["pending_update"]
    await changing.shop.until("2024-06-17T00:00:00Z")
    after = await changing.shop.subscription(changing.id)
    assert (after["price"], after["pending_update"], after["status"]) == (waiting["price"], None, "ACTIVE")
    assert (await changing.invoice())["status"] == "VOID"
    await changing.shop.card()
    await changing.shop.until("2024-07-02T00:00:00Z")
    assert (await changing.invoice())["total"] == 1000


async def test_a_change_that_waits_can_be_called_off_or_replaced(api: RunningApi) -> None:
    changing = await Changing.begin(api, FAILING)
    first = (await changing.change("pending_if_incomplete"))["pending_update"]["invoice"]
    dearest = await changing.shop.price(4000)
    second = (await changing.change("pending_if_incomplete", price=dearest))["pending_update"]["invoice"]
    assert (await changing.shop.get(f"/v1/invoices/{first}"))["status"] == "VOID"
    assert [line["amount"] for line in (await changing.invoice())["lines"]["data"]] == [-500, 2000]
    await changing.shop.post(f"/v1/invoices/{second}/void")
    assert (await changing.shop.subscription(changing.id))["pending_update"] is None
    third = (await changing.change("pending_if_incomplete"))["pending_update"]["invoice"]
    assert (await changing.shop.send("DELETE", changing.path))["pending_update"] is None
    assert (await changing.shop.get(f"/v1/invoices/{third}"))["status"] == "VOID"


async def test_a_silent_gateway_holds_the_clock_until_the_outcome_is_known(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    changing = await Changing.begin(api, "pm_card_visa")
    await gateway.arm("timeout_after", times=2, delay_seconds=1)
    waiting = await changing.change("pending_if_incomplete")
    invoice = await changing.invoice()
    assert (waiting["pending_update"]["invoice"], invoice["status"]) == (invoice["id"], "OPEN")
    await changing.shop.until("2024-07-02T00:00:00Z")
    changed = await changing.shop.subscription(changing.id)
    assert (changed["price"], changed["pending_update"]) == (changing.dearer, None)
    assert [each["amount_paid"] for each in await changing.shop.invoices(changing.id)] == [1000, 500, 2000]
    assert await gateway.captures(invoice["payment"]) == (1, 500)


async def test_a_change_that_is_left_to_be_paid_is_past_due_until_then(api: RunningApi) -> None:
    changing = await Changing.begin(api, "pm_card_visa")
    changed = await changing.change("default_incomplete")
    assert (changed["price"], changed["status"]) == (changing.dearer, "PAST_DUE")
    await changing.shop.until("2024-06-20T00:00:00Z")
    invoice = await changing.invoice()
    assert (invoice["status"], invoice["attempt_count"]) == ("OPEN", 0)
    await changing.shop.post(f"/v1/invoices/{invoice['id']}/pay")
    assert (await changing.shop.subscription(changing.id))["status"] == "ACTIVE"


async def test_what_needs_no_payment_is_changed_at_once(api: RunningApi) -> None:
    changing = await Changing.begin(api, FAILING)
    for behavior in ("error_if_incomplete", "pending_if_incomplete", "default_incomplete", "allow_incomplete"):
        cheaper = await changing.shop.price(10)
        changed = await changing.change(behavior, price=cheaper)
        assert (changed["price"], changed["status"], changed["pending_update"]) == (cheaper, "ACTIVE", None)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"payment_behavior": "sometimes"}, "payment_behavior"),
        ({"payment_behavior": "pending_if_incomplete", "cancel_at_period_end": True}, "payment_behavior"),
    ],
)
async def test_a_behaviour_that_is_none_is_refused(api: RunningApi, body: dict[str, Any], param: str) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    refused = await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", body, 400)
    assert refused["error"]["param"] == param
