"""Payment schedules on a test clock: what is planned is charged on its date, once."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.payment_schedules.splitting import split
from services.billing.payments.decider import PAYMENTS
from tests.support.app import RunningApi
from tests.support.billing import Shop, iso, seconds
from tests.support.gateway import SimulatorProcess
from tests.support.models import run_down

CREATED = "select stream from es.events where type = 'payment.created' order by position"


@given(st.integers(1, 10_000_000), st.integers(1, 120))
def test_the_parts_are_the_whole_and_the_larger_come_first(total: int, count: int) -> None:
    parts = split(total, count)
    assert (sum(parts), len(parts)) == (total, count)
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


async def _plan(shop: Shop, status: int = 200, **body: Any) -> Any:
    return await shop.post("/v1/payment_schedules", {"customer": shop.customer, "currency": "usd", **body}, status)


async def test_an_amount_is_paid_in_instalments_on_the_last_days_of_months(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    shop = await Shop.open(api, "2024-01-31T00:00:00Z")
    plan = await _plan(shop, total_amount=10000, installments={"count": 3}, start_date=seconds("2024-01-31T00:00:00Z"))
    assert [each["amount"] for each in plan["payments"]] == [3334, 3333, 3333]
    assert [iso(each["date"])[:10] for each in plan["payments"]] == ["2024-01-31", "2024-02-29", "2024-03-31"]
    await shop.until("2024-03-01T00:00:00Z")
    half = await shop.get(f"/v1/payment_schedules/{plan['id']}")
    assert [each["status"] for each in half["payments"]] == ["PAID", "PAID", "SCHEDULED"]
    await shop.until("2024-04-01T00:00:00Z")
    paid = await shop.get(f"/v1/payment_schedules/{plan['id']}")
    assert (paid["status"], paid["amount_paid"], iso(paid["completed_at"])) == (
        "COMPLETED",
        10000,
        "2024-03-31T00:00:00Z",
    )
    plans = await shop.get("/v1/payment_schedules", **{"expand[]": "data.payments.payment.customer"})
    payments = [each["payment"] for each in plans["data"][0]["payments"]]
    assert {each["customer"]["id"] for each in payments} == {shop.customer}
    assert (await shop.send("GET", "/v1/payment_schedules?expand[]=data.payments.amount", status=400))["error"]
    assert [iso(each["created"])[:10] for each in payments] == ["2024-01-31", "2024-02-29", "2024-03-31"]
    assert await gateway.captures() == (3, 10000)


async def test_a_deposit_comes_first(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-15T00:00:00Z")
    start = seconds("2024-02-01T00:00:00Z")
    plan = await _plan(shop, total_amount=10001, installments={"count": 2}, deposit_percent=30, start_date=start)
    assert [each["amount"] for each in plan["payments"]] == [3000, 3501, 3500]


async def test_named_payments_are_made_on_their_dates_in_order(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-15T00:00:00Z")
    later, sooner = seconds("2024-03-01T00:00:00Z"), seconds("2024-02-01T00:00:00Z")
    payments = [{"amount": 200, "date": later, "description": "Rest"}, {"amount": 100, "date": sooner}]
    plan = await _plan(shop, payments=payments)
    assert [(each["amount"], each["description"]) for each in plan["payments"]] == [(100, None), (200, "Rest")]
    await shop.until("2024-02-02T00:00:00Z")
    canceled = await shop.post(f"/v1/payment_schedules/{plan['id']}/cancel")
    assert [each["status"] for each in canceled["payments"]] == ["PAID", "CANCELED"]
    assert await shop.post(f"/v1/payment_schedules/{plan['id']}/cancel") == canceled
    await shop.until("2024-04-02T00:00:00Z")
    assert (await shop.get(f"/v1/payment_schedules/{plan['id']}"))["amount_paid"] == 100


async def test_a_failed_payment_is_tried_again_by_the_accounts_days(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-03-09T00:00:00Z")
    await shop.card("pm_card_chargeCustomerFail")
    plan = await _plan(shop, payments=[{"amount": 100, "date": seconds("2024-03-09T15:00:00Z")}])
    await shop.until("2024-03-11T00:00:00Z")
    (failed,) = (await shop.get(f"/v1/payment_schedules/{plan['id']}"))["payments"]
    assert (failed["status"], iso(failed["next_attempt"])) == ("SCHEDULED", "2024-03-12T15:00:00Z")
    await shop.until("2024-03-30T00:00:00Z")
    ended = await shop.get(f"/v1/payment_schedules/{plan['id']}")
    assert (ended["status"], ended["payments"][0]["status"]) == ("COMPLETED", "FAILED")
    payment = await shop.get(f"/v1/payments/{ended['payments'][0]['payment']}")
    days = ("09", "10", "12", "16", "23")
    assert [iso(each["created"]) for each in payment["attempts"]] == [f"2024-03-{day}T15:00:00Z" for day in days]


async def test_a_schedule_goes_with_its_customer(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-03-09T00:00:00Z")
    plan = await _plan(shop, payments=[{"amount": 100, "date": seconds("2024-04-09T15:00:00Z")}])
    await shop.send("DELETE", f"/v1/customers/{shop.customer}")
    assert (await shop.get(f"/v1/payment_schedules/{plan['id']}"))["status"] == "CANCELED"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "payments"),
        ({"payments": []}, "payments"),
        ({"payments": [{"amount": 0, "date": 1}]}, "payments[0][amount]"),
        ({"total_amount": 2, "installments": {"count": 3}}, "installments[count]"),
        ({"total_amount": 100}, "installments"),
        ({"total_amount": 100, "installments": {"count": 1}, "deposit_amount": 100}, "installments[count]"),
        (
            {"total_amount": 100, "installments": {"count": 1}, "deposit_amount": 1, "deposit_percent": 1},
            "deposit_amount",
        ),
        ({"total_amount": 3, "installments": {"count": 3}, "deposit_percent": 1}, "deposit_percent"),
        ({"payments": [{"amount": 1, "date": 1}], "payment_method": "pm_none"}, "payment_method"),
    ],
)
async def test_what_is_no_plan_is_refused(api: RunningApi, body: dict[str, Any], param: str) -> None:
    shop = await Shop.open(api, "2024-03-09T00:00:00Z")
    refused = await _plan(shop, 400, **body)
    assert refused["error"]["param"] == param


async def test_a_failed_payment_that_somebody_confirms_by_hand_is_not_made_again(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    shop = await Shop.open(api, "2024-03-09T00:00:00Z")
    await shop.card("pm_card_chargeCustomerFail")
    plan = await _plan(shop, payments=[{"amount": 100, "date": seconds("2024-03-09T15:00:00Z")}])
    await shop.until("2024-03-09T16:00:00Z")
    (failed,) = (await shop.get(f"/v1/payment_schedules/{plan['id']}"))["payments"]
    await shop.post(f"/v1/payments/{failed['payment']}/confirm", {"payment_method": "pm_card_visa"})
    await shop.until("2024-03-30T00:00:00Z")
    ended = await shop.get(f"/v1/payment_schedules/{plan['id']}")
    assert (ended["status"], ended["payments"][0]["status"]) == ("COMPLETED", "PAID")
    assert await gateway.captures() == (1, 100)


async def test_what_has_passed_is_due_at_once_the_oldest_first(api: RunningApi) -> None:
    customer = (await api.create_customer())["id"]
    plan = {"total_amount": 10000, "installments": {"count": 3}, "start_date": seconds("2024-01-31T12:00:00Z")}
    answer = await api.client.post("/v1/payment_schedules", json={"customer": customer, "currency": "usd", **plan})
    made = answer.json()
    dates = [iso(each["date"]) for each in made["payments"]]
    assert dates == ["2024-01-31T12:00:00Z", "2024-02-29T12:00:00Z", "2024-03-31T12:00:00Z"]
    assert [each["amount"] for each in made["payments"]] == [3334, 3333, 3333]
    async with asyncio.timeout(60):
        while (found := (await api.client.get(f"/v1/payment_schedules/{made['id']}")).json())["status"] == "ACTIVE":
            await run_down(api)
            await api.attend()
    assert [each["status"] for each in found["payments"]] == ["PAID"] * 3
    paid = [(await api.client.get(f"/v1/payments/{each['payment']}")).json() for each in found["payments"]]
    assert [each["amount"] for each in paid] == [3334, 3333, 3333]
    # Three of one second have one time; their order is the log's.
    made_in_order = await api.engine.store.pool.fetch(CREATED)
    assert [row[0] for row in made_in_order] == [PAYMENTS.stream(each["payment"]) for each in found["payments"]]
