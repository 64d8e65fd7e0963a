"""What happens when an invoice is not paid."""

from typing import Any

import pytest

from tests.support.app import RunningApi
from tests.support.billing import Shop, iso
from tests.support.gateway import SimulatorProcess

FAILING = "pm_card_chargeCustomerFail"


async def _renewing(api: RunningApi, card: str, start: str = "2024-02-09T15:00:00Z") -> tuple[Shop, Any]:
    """A subscription that is paid for a month; what renews it is charged to `card`."""
    shop = await Shop.open(api, start)
    subscription = await shop.subscribe(await shop.price(1000))
    await shop.card(card)
    return shop, subscription


async def _attempts(shop: Shop, subscription: str) -> list[str]:
    """When the last invoice's payment was attempted."""
    invoice = (await shop.invoices(subscription))[-1]
    payment = await shop.get(f"/v1/payments/{invoice['payment']}")
    return [iso(attempt["created"]) for attempt in payment["attempts"]]


@pytest.mark.parametrize(("end", "status"), [("CANCEL", "CANCELED"), ("UNPAID", "UNPAID"), ("PAST_DUE", "PAST_DUE")])
async def test_retries_are_counted_from_the_first_failure_and_then_it_ends(
    api: RunningApi, end: str, status: str
) -> None:
    shop, subscription = await _renewing(api, FAILING)
    await shop.send("PUT", "/v1/account", {"dunning": {"end_state": end}})
    await shop.until("2024-03-09T15:00:00Z")
    assert (await shop.subscription(subscription["id"]))["status"] == "PAST_DUE"
    assert (await shop.get(f"/v1/customers/{shop.customer}"))["delinquent"]
    await shop.until("2024-03-30T00:00:00Z")
    days = ("09", "10", "12", "16", "23")
    assert await _attempts(shop, subscription["id"]) == [f"2024-03-{day}T15:00:00Z" for day in days]
    invoice = (await shop.invoices(subscription["id"]))[-1]
    assert (invoice["status"], invoice["attempt_count"], invoice["next_payment_attempt"]) == ("OPEN", 5, None)
    ended = await shop.subscription(subscription["id"])
    assert ended["status"] == status
    if end == "CANCEL":
        assert (iso(ended["ended_at"]), ended["end_reason"]) == ("2024-03-23T15:00:00Z", "dunning")


async def test_a_manual_attempt_in_between_consumes_none(api: RunningApi) -> None:
    shop, subscription = await _renewing(api, FAILING)
    await shop.until("2024-03-11T00:00:00Z")
    invoice = (await shop.invoices(subscription["id"]))[-1]
    declined = await shop.post(f"/v1/invoices/{invoice['id']}/pay", status=402)
    assert declined["error"]["payment"]["id"] == invoice["payment"]
    await shop.until("2024-03-30T00:00:00Z")
    days = ("09T15", "10T15", "11T00", "12T15", "16T15", "23T15")
    assert await _attempts(shop, subscription["id"]) == [f"2024-03-{day}:00:00Z" for day in days]
    assert (await shop.invoices(subscription["id"]))[-1]["attempt_count"] == 5


async def test_paying_makes_it_active_with_its_old_boundaries(api: RunningApi) -> None:
    shop, subscription = await _renewing(api, FAILING)
    await shop.until("2024-03-11T00:00:00Z")
    await shop.card()
    await shop.until("2024-03-12T16:00:00Z")
    active = await shop.subscription(subscription["id"])
    assert (active["status"], iso(active["current_period_end"])) == ("ACTIVE", "2024-04-09T15:00:00Z")
    invoice = (await shop.invoices(subscription["id"]))[-1]
    assert (invoice["status"], iso(invoice["paid_at"]), invoice["attempt_count"]) == ("PAID", "2024-03-12T15:00:00Z", 3)
    assert not (await shop.get(f"/v1/customers/{shop.customer}"))["delinquent"]


async def test_cancelling_leaves_no_retry(api: RunningApi) -> None:
    shop, subscription = await _renewing(api, FAILING)
    await shop.until("2024-03-11T00:00:00Z")
    await shop.send("DELETE", f"/v1/subscriptions/{subscription['id']}")
    await shop.until("2024-03-30T00:00:00Z")
    assert await _attempts(shop, subscription["id"]) == ["2024-03-09T15:00:00Z", "2024-03-10T15:00:00Z"]
    assert (await shop.invoices(subscription["id"]))[-1]["next_payment_attempt"] is None


async def test_a_card_that_was_lost_is_not_charged_again_until_there_is_another(api: RunningApi) -> None:
    shop, subscription = await _renewing(api, FAILING)
    body = {"default_payment_method": "pm_card_visa_chargeDeclinedLostCard"}
    await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", body)
    await shop.until("2024-03-13T00:00:00Z")
    assert await _attempts(shop, subscription["id"]) == ["2024-03-09T15:00:00Z"]
    invoice = (await shop.invoices(subscription["id"]))[-1]
    assert (invoice["attempt_count"], iso(invoice["next_payment_attempt"])) == (1, "2024-03-16T15:00:00Z")
    await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", {"default_payment_method": "pm_card_visa"})
    await shop.until("2024-03-17T00:00:00Z")
    invoice = (await shop.invoices(subscription["id"]))[-1]
    assert (invoice["status"], iso(invoice["paid_at"])) == ("PAID", "2024-03-16T15:00:00Z")


async def test_the_accounts_own_days_are_taken(api: RunningApi) -> None:
    shop, subscription = await _renewing(api, FAILING)
    await shop.send("PUT", "/v1/account", {"dunning": {"offset_days": [2, 5], "end_state": "CANCEL"}})
    await shop.until("2024-03-30T00:00:00Z")
    days = ("09", "11", "14")
    assert await _attempts(shop, subscription["id"]) == [f"2024-03-{day}T15:00:00Z" for day in days]
    assert (await shop.subscription(subscription["id"]))["status"] == "CANCELED"


async def test_a_silent_gateway_is_no_failure_and_starts_no_second_charge(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    shop, subscription = await _renewing(api, "pm_card_visa")
    await gateway.arm("timeout_after", times=3, delay_seconds=1)
    await shop.until("2024-03-09T15:00:00Z")
    assert (await shop.subscription(subscription["id"]))["status"] == "ACTIVE"
    invoice = (await shop.invoices(subscription["id"]))[-1]
    await api.until_settled(invoice["payment"])
    invoice = (await shop.invoices(subscription["id"]))[-1]
    assert (invoice["status"], invoice["attempt_count"]) == ("PAID", 1)
    assert await gateway.captures(invoice["payment"]) == (1, 1000)


async def test_a_payment_of_an_invoice_that_is_confirmed_by_hand_pays_the_invoice(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    shop, subscription = await _renewing(api, FAILING)
    await shop.until("2024-03-09T16:00:00Z")
    payment = (await shop.invoices(subscription["id"]))[-1]["payment"]
    await shop.post(f"/v1/payments/{payment}/confirm", {"payment_method": "pm_card_visa"})
    invoice = (await shop.invoices(subscription["id"]))[-1]
    assert (invoice["status"], invoice["payment"], invoice["next_payment_attempt"]) == ("PAID", payment, None)
    assert (await shop.subscription(subscription["id"]))["status"] == "ACTIVE"
    await shop.until("2024-03-30T00:00:00Z")
    assert await gateway.captures(payment) == (1, 1000)
