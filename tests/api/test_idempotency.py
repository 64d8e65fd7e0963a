"""The same key is the same request: it happens once, and is answered the same each time."""

import asyncio

import pytest

from tests.support.app import RunningApi
from tests.support.gateway import SimulatorProcess

ADA = {"name": "Ada", "email": "ada@example.com"}


async def test_the_same_request_gets_the_same_answer(api: RunningApi) -> None:
    first = await api.client.post("/v1/customers", json=ADA, headers={"Idempotency-Key": "k1"})
    again = await api.client.post("/v1/customers", json=ADA, headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["peaswap-position"] == first.headers["peaswap-position"]
    assert "idempotent-replayed" not in first.headers
    assert len((await api.client.get("/v1/customers")).json()["data"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/customers", {**ADA, "name": "Eve"}),
        ("POST", "/v1/payments", {"amount": 1, "currency": "usd"}),
        # Wrong in itself, but nobody would mend it and then hear that the key is used.
        ("POST", "/v1/payments", {"currency": "usd"}),
    ],
)
async def test_another_request_with_the_key_is_refused(api: RunningApi, method: str, path: str, body: object) -> None:
    await api.client.post("/v1/customers", json=ADA, headers={"Idempotency-Key": "k1"})
    other = await api.client.request(method, path, json=body, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


async def test_environments_and_accounts_have_keys_of_their_own(api: RunningApi) -> None:
    account = await api.open_account()
    ids = [
        (await api.call("POST", "/v1/customers", key, json=ADA, headers={"Idempotency-Key": "k1"})).json()["id"]
        for key in (account.test_key, account.live_key)
    ]
    ids.append((await api.client.post("/v1/customers", json=ADA, headers={"Idempotency-Key": "k1"})).json()["id"])
    assert len(set(ids)) == 3


async def test_a_refusal_is_not_kept(api: RunningApi) -> None:
    wrong = await api.client.post("/v1/customers", json={"name": "Ada"}, headers={"Idempotency-Key": "k1"})
    right = await api.client.post("/v1/customers", json=ADA, headers={"Idempotency-Key": "k1"})
    assert (wrong.status_code, right.status_code) == (400, 200)


async def test_a_deletion_is_answered_again(api: RunningApi) -> None:
    customer = await api.create_customer()
    path, headers = f"/v1/customers/{customer['id']}", {"Idempotency-Key": "k1"}
    first = await api.client.delete(path, headers=headers)
    again = await api.client.delete(path, headers=headers)
    without = await api.client.delete(path)
    assert first.content == again.content
    assert [first.status_code, again.status_code, without.status_code] == [200, 200, 404]


async def test_a_decline_is_answered_again(api: RunningApi, gateway: SimulatorProcess) -> None:
    body = {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa_chargeDeclined"}
    first = await api.client.post("/v1/payments", json=body, headers={"Idempotency-Key": "k1"})
    again = await api.client.post("/v1/payments", json=body, headers={"Idempotency-Key": "k1"})
    assert first.status_code == again.status_code == 402
    assert first.content == again.content
    assert first.json()["error"]["request_id"] == first.headers["request-id"]
    assert await gateway.captures() == (0, 0)


async def test_thirty_at_once_charge_once(api: RunningApi, gateway: SimulatorProcess) -> None:
    body = {"amount": 2500, "currency": "usd"}
    posts = [api.client.post("/v1/payments", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(30)]
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 200}) == 1
    assert await gateway.captures() == (1, 2500)
    again = await api.client.post("/v1/payments", json=body, headers={"Idempotency-Key": "k1"})
    assert again.json()["status"] == "SUCCEEDED"
    assert len((await api.client.get("/v1/payments")).json()["data"]) == 1


async def test_a_full_refund_is_answered_again(api: RunningApi, gateway: SimulatorProcess) -> None:
    payment = (await api.client.post("/v1/payments", json={"amount": 2500, "currency": "usd"})).json()
    body, headers = {"payment": payment["id"]}, {"Idempotency-Key": "k1"}
    first = await api.client.post("/v1/refunds", json=body, headers=headers)
    again = await api.client.post("/v1/refunds", json=body, headers=headers)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (200, first.content)
    assert (await gateway.books())["totals"][0]["refunded"] == 2500


@pytest.mark.parametrize("key", ["x" * 256, "a\tb", ""])
async def test_a_key_must_be_short_and_printable(api: RunningApi, key: str) -> None:
    response = await api.client.post("/v1/customers", json=ADA, headers={"Idempotency-Key": key})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "idempotency_key_invalid")
