"""A customer made with a default payment method: the gateway saves that once, and for a customer that comes to be."""

from typing import Any

import pytest

from services.billing.customers import routes
from services.billing.payment_methods.lookup import GatewayAway
from tests.support.app import RunningApi

CARD = {"type": "CARD", "card": {"token": "tok_visa"}}
KEY = {"Idempotency-Key": "make-1"}


class Asked:
    """Whom the gateway was asked to save a method for; the first time the answer is lost on the way back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, lost: int) -> None:
        self.customers: list[str] = []
        attaching = routes.attaching

        async def ask(engine: Any, gateways: Any, envelope: Any, named: str, customer: str, begin: Any) -> Any:
            done = await attaching(engine, gateways, envelope, named, customer, begin)
            self.customers.append(customer)
            if len(self.customers) <= lost:
                raise GatewayAway
            return done

        monkeypatch.setattr(routes, "attaching", ask)


async def _loose(api: RunningApi) -> str:
    return (await api.client.post("/v1/payment_methods", json=CARD)).json()["id"]


@pytest.mark.parametrize("more", [{}, {"if_email_exists": "return"}])
async def test_a_retry_makes_the_customer_that_the_gateway_knows_already(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    asked, method = Asked(monkeypatch, lost=2), await _loose(api)
    body = {"name": "Ada", "email": "ada@example.com", "default_payment_method": method, **more}
    answers = [await api.client.post("/v1/customers", json=body, headers=KEY) for _ in range(4)]
    assert [each.status_code for each in answers] == [503, 503, 200, 200]
    made = answers[2].json()
    assert asked.customers == [made["id"]] * 3
    assert (answers[3].json(), answers[3].headers["idempotent-replayed"]) == (made, "true")
    assert made["default_payment_method"] == method
    assert (await api.client.get(f"/v1/payment_methods/{method}")).json()["customer"] == made["id"]
    other = await api.client.post("/v1/customers", json=body | {"name": "Bob"}, headers=KEY)
    assert other.json()["error"]["type"] == "idempotency_error"
    assert len(asked.customers) == 3


@pytest.mark.parametrize(("how", "status"), [("return", 200), ("error", 400)])
async def test_who_exists_is_found_before_the_gateway_is_asked(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch, how: str, status: int
) -> None:
    there = await api.create_customer(email="ada@example.com")
    asked, method = Asked(monkeypatch, lost=0), await _loose(api)
    body = {"name": "Ada", "email": "ADA@example.com", "default_payment_method": method, "if_email_exists": how}
    for headers in ({}, KEY, KEY):
        found = await api.client.post("/v1/customers", json=body, headers=headers)
        assert found.status_code == status
        told = found.json() if how == "return" else found.json()["error"]["code"]
        assert told == (there if how == "return" else "email_exists")
    assert asked.customers == []
    assert (await api.client.get(f"/v1/payment_methods/{method}")).json()["customer"] is None


async def test_a_method_that_is_refused_leaves_the_key_free(api: RunningApi) -> None:
    body = {"name": "Ada", "email": "ada@example.com"}
    for named, status in (("pm_none", 400), ("pm_card_nonsense", 400), (await _loose(api), 200)):
        answer = await api.client.post("/v1/customers", json=body | {"default_payment_method": named}, headers=KEY)
        assert answer.status_code == status, answer.text


async def test_who_comes_to_be_meanwhile_is_answered_each_time(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, method = Asked(monkeypatch, lost=1), await _loose(api)
    body = {"name": "Ada", "email": "ada@example.com", "default_payment_method": method, "if_email_exists": "return"}
    assert (await api.client.post("/v1/customers", json=body, headers=KEY)).status_code == 503
    there = await api.create_customer(email="ada@example.com")
    for _ in range(2):
        found = await api.client.post("/v1/customers", json=body, headers=KEY)
        assert (found.status_code, found.json()) == (200, there)
    assert len(asked.customers) == 1


async def test_a_method_that_is_changed_meanwhile_is_read_again(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    attaching, method, asked = routes.attaching, await _loose(api), list[str]()

    async def ask(engine: Any, gateways: Any, envelope: Any, named: str, customer: str, begin: Any) -> Any:
        done = await attaching(engine, gateways, envelope, named, customer, begin)
        asked.append(customer)
        if len(asked) == 1:
            assert (await api.client.put(f"/v1/payment_methods/{method}", json={"metadata": {"a": "b"}})).is_success
        return done

    monkeypatch.setattr(routes, "attaching", ask)
    body = {"name": "Ada", "email": "ada@example.com", "default_payment_method": method}
    made = await api.client.post("/v1/customers", json=body, headers=KEY)
    assert (made.status_code, asked) == (200, [made.json()["id"]] * 2), made.text
    assert (await api.client.get(f"/v1/payment_methods/{method}")).json()["metadata"] == {"a": "b"}
