"""Test clocks: what is made on one lives by it, and nothing else does."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.support.app import RunningApi
from tests.support.billing import Shop, seconds
from tests.support.gateway import SimulatorProcess

NEW_YEAR_2022 = 1_640_995_200


async def _clock(api: RunningApi, frozen_time: int = NEW_YEAR_2022) -> dict[str, Any]:
    response = await api.client.post("/v1/test_helpers/test_clocks", json={"frozen_time": frozen_time})
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_guides_customer_is_created_at_the_guides_time(api: RunningApi) -> None:
    clock = await _clock(api)
    customer = await api.create_customer(test_clock=clock["id"])
    assert (customer["created"], customer["updated"]) == (NEW_YEAR_2022, NEW_YEAR_2022)
    body = {"amount": 2500, "currency": "usd", "customer": customer["id"]}
    payment = (await api.client.post("/v1/payments", json=body)).json()
    assert (payment["status"], payment["created"]) == ("SUCCEEDED", NEW_YEAR_2022)
    refund = (await api.client.post("/v1/refunds", json={"payment": payment["id"]})).json()
    assert (refund["status"], refund["created"]) == ("SUCCEEDED", NEW_YEAR_2022)
    analytics = (await api.client.get(f"/v1/customers/{customer['id']}/analytics")).json()
    assert analytics["last_payment"] == NEW_YEAR_2022


async def test_a_clock_advances_by_itself_and_is_ready_again(api: RunningApi) -> None:
    clock = await _clock(api)
    path = f"/v1/test_helpers/test_clocks/{clock['id']}"
    advancing = (await api.client.post(f"{path}/advance", json={"frozen_time": NEW_YEAR_2022 + 86_400})).json()
    assert (advancing["status"], advancing["target_frozen_time"]) == ("ADVANCING", NEW_YEAR_2022 + 86_400)
    assert (await api.client.post(f"{path}/advance", json={"frozen_time": NEW_YEAR_2022 + 9})).status_code == 400
    ready = await api.ready(clock["id"])
    assert (ready["status"], ready["frozen_time"]) == ("READY", NEW_YEAR_2022 + 86_400)
    customer = await api.create_customer(test_clock=clock["id"])
    assert customer["created"] == NEW_YEAR_2022 + 86_400
    other = await api.create_customer()
    assert abs(other["created"] - datetime.now(UTC).timestamp()) < 60


async def test_time_goes_only_forward(api: RunningApi) -> None:
    clock = await _clock(api)
    path = f"/v1/test_helpers/test_clocks/{clock['id']}/advance"
    refused = await api.client.post(path, json={"frozen_time": NEW_YEAR_2022})
    assert refused.json()["error"]["code"] == "test_clock_time_invalid"


async def test_clocks_exist_in_test_only(api: RunningApi) -> None:
    account = await api.open_account()
    refused = await api.call(
        "POST", "/v1/test_helpers/test_clocks", account.live_key, json={"frozen_time": NEW_YEAR_2022}
    )
    assert refused.json()["error"]["code"] == "testmode_only"
    refused = await api.client.post("/v1/customers", json={"name": "A", "email": "a@b.co", "test_clock": "clock_none"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "test_clock")


async def test_a_charge_whose_outcome_is_unknown_is_asked_about_in_real_time(api: RunningApi) -> None:
    clock = await _clock(api)
    customer = await api.create_customer(test_clock=clock["id"])
    body = {"amount": 2500, "currency": "usd", "customer": customer["id"]}
    started = await api.client.post("/v1/payments", json=body, headers={"Prefer": "respond-async"})
    assert started.json()["status"] == "PROCESSING"
    await api.until_settled(started.json()["id"])


async def test_a_deleted_clock_stands_still(api: RunningApi) -> None:
    clock = await _clock(api)
    customer = await api.create_customer(test_clock=clock["id"])
    path = f"/v1/test_helpers/test_clocks/{clock['id']}"
    assert (await api.client.delete(path)).json()["deleted"]
    assert (await api.client.get(path)).status_code == 404
    assert (await api.client.post(f"{path}/advance", json={"frozen_time": 1_700_000_000})).status_code == 404
    updated = await api.client.put(f"/v1/customers/{customer['id']}", json={"name": "Grace"})
    assert updated.json()["updated"] == NEW_YEAR_2022


async def test_workers_that_look_at_once_let_no_retry_be_passed_by(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-03-01T15:00:00Z")
    await shop.card()
    subscription = await shop.subscribe(await shop.price(1000))
    await shop.card("pm_card_chargeCustomerFail")
    clock = f"/v1/test_helpers/test_clocks/{shop.clock}"
    await shop.post(f"{clock}/advance", {"frozen_time": seconds("2024-04-30T15:00:00Z")})
    async with asyncio.timeout(60):
        while (await shop.get(clock))["status"] != "READY":
            await asyncio.gather(*(api.attend() for _ in range(4)))
    (_, owed) = (await shop.invoices(subscription["id"]))[:2]
    assert (owed["attempt_count"], owed["next_payment_attempt"]) == (5, None)


WAITS = """
select problem, claimed_until <= now() + interval '2 seconds'
  from rm_due.due
 where id = $1
"""


async def test_a_clock_that_waits_for_an_outcome_goes_on_soon_after_it_however_long_it_took(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    shop = await Shop.open(api, "2024-03-10T06:00:00Z")
    price = await shop.price(1000)
    await gateway.arm("timeout_before", times=1_000, delay_seconds=1)
    created = await shop.subscribe(price)
    assert created["status"] == "INCOMPLETE"
    await api.client.post(
        f"/v1/test_helpers/test_clocks/{shop.clock}/advance", json={"frozen_time": seconds("2024-03-12T00:00:00Z")}
    )
    pool = api.engine.store.pool
    async with asyncio.timeout(60):
        while not (waits := await pool.fetch(WAITS, shop.clock)) or waits[0][0] is None:
            await pool.execute("update rm_due.due set tries = 9, claimed_until = null where id = $1", shop.clock)
            await api.attend()
    problem, soon = waits[0]
    assert "once the gateway has said" in problem
    assert soon
    await gateway.clear()
    await api.until_settled((await shop.invoices(created["id"]))[0]["payment"])
    await api.ready(shop.clock)
    assert (await shop.subscription(created["id"]))["status"] == "ACTIVE"
