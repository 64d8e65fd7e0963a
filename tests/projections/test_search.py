"""The search finds what a look at every customer would find, by whichever way it goes."""

import random
from typing import Any

import asyncpg
import pytest

from projections.customer_list import search as module
from services.billing.customers.commands import CreateCustomer, UpdateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.step import Step
from tests.support.app import RunningApi
from tests.support.models import run_down

NAMES = ("Ada Lovelace", "Grace Hopper", "Zoë Müller", "王伟", "Ko Žá", "100%_Sure", "O'Brien\\x")
CUSTOMERS_COUNT = 240


async def _envelope(api: RunningApi) -> Envelope:
    account = (await api.client.get("/v1/account")).json()["id"]
    tenant = await api.engine.tenants.open(f"{account}/test")
    return Envelope(
        tenant=tenant,
        account=account,
        livemode=False,
        actor="system:test",
        request_id="req_test",
        at=api.engine.clock.now(),
    )


def _creation(number: int) -> CreateCustomer:
    return CreateCustomer(
        id=new_id("cust"),
        name=f"{NAMES[number % len(NAMES)]} {number}",
        email=f"person.{number}@{'rare' if number % 60 == 0 else 'common'}.example.com",
        phone=f"+49 (30) {number:05d}-{number % 7}",
        metadata={"team": f"t{number % 3}", "a 'key'": "x"},
    )


async def _load(engine: Engine, envelope: Envelope) -> list[CreateCustomer]:
    commands = [_creation(number) for number in range(CUSTOMERS_COUNT)]
    await engine.handle(envelope, [Step(CUSTOMERS, each.id, each, fresh=True) for each in commands])
    return sorted(commands, key=lambda each: each.id, reverse=True)


async def _all_pages(api: RunningApi, path: str, **params: Any) -> list[str]:
    found: list[str] = []
    while True:
        after = {"starting_after": found[-1]} if found else {}
        answer = await api.client.get(path, params={**params, **after, "limit": 7})
        assert answer.status_code == 200, answer.text
        found += [each["id"] for each in answer.json()["data"]]
        if not answer.json()["has_more"]:
            return found


@pytest.mark.parametrize(("gathered_max", "analysed"), [(0, True), (30, True), (30, False), (1_000_000, True)])
async def test_by_index_or_along_the_list_the_same_is_found(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch, gathered_max: int, *, analysed: bool
) -> None:
    """Pages of the list are looked at for common pieces, of which no page is full in some places. Which are common is
    found out by looking where the statistics do not know it yet."""
    monkeypatch.setattr(module, "GATHERED_MAX", gathered_max)
    monkeypatch.setattr(module, "WITHIN_ROWS", 25)
    envelope = await _envelope(api)
    customers = await _load(api.engine, envelope)
    await run_down(api)
    if analysed:
        owner = await asyncpg.connect(api.settings.migrate_database_url)
        await owner.execute("analyze rm_customer_list.customers")
        await owner.close()
    texts = ["ada", "HOPPER 1", "zoë", "ü", "王", "王伟", "žá", "%_s", "\\x", "person.12", "rare.ex", "@", "7", "r 8"]
    texts += [each.email for each in random.Random(7).sample(customers, 5)] + ["e.com", "nobody at all", "xq"]
    for text in texts:
        wanted = text.casefold()
        expected = [each.id for each in customers if wanted in f"{each.name}\n{each.email}\n{each.phone}".casefold()]
        if text.isdigit():
            expected = [each.id for each in customers if text in f"{each.name}{each.email}" + _digits(each.phone)]
        assert await _all_pages(api, "/v1/customers", q=text) == expected, text


async def test_clauses_narrow_each_other(api: RunningApi) -> None:
    customers = await _load(api.engine, await _envelope(api))

    async def searched(query: str) -> list[str]:
        return await _all_pages(api, "/v1/customers/search", query=query)

    chosen = [each.id for each in customers if each.metadata["team"] == "t1" and "Ada" in each.name]
    assert await searched("metadata['team']:'t1' AND name~'ada'") == chosen
    assert await searched("metadata['team']:'t9'") == []
    assert await searched("""metadata["a 'key'"]:"x" and email:'PERSON.12@common.example.com'""") == [
        each.id for each in customers if each.email == "person.12@common.example.com"
    ]
    named = [each.id for each in customers if each.name == "Ada Lovelace 7"]
    assert await searched('name:"ADA LOVELACE 7"') == named
    numbered = [each.id for each in customers if each.phone == "+49 (30) 00012-5"]
    assert await searched('phone:"+49 30 000125"') == numbered
    assert len(named) == len(numbered) == 1
    assert await searched("49-30-00012") == [each.id for each in customers if "(30) 00012" in str(each.phone)]
    assert await searched(customers[3].id) == [customers[3].id]


async def test_another_tenant_is_never_found(api: RunningApi) -> None:
    await _load(api.engine, await _envelope(api))
    other = await api.open_account()
    for path in ("/v1/customers?q=ada", "/v1/customers/search?query=metadata['team']:'t1'"):
        assert (await api.call("GET", path, other.test_key)).json()["data"] == []


async def test_what_was_changed_is_found_by_what_it_is_now(api: RunningApi) -> None:
    envelope = await _envelope(api)
    (customer,) = (await _load(api.engine, envelope))[:1]
    await api.engine.handle(envelope, Step(CUSTOMERS, customer.id, UpdateCustomer(metadata={"team": "moved"})))
    assert await _all_pages(api, "/v1/customers/search", query="metadata['team']:'moved'") == [customer.id]
    row = "select count(*) from rm_customer_list.customers where id = $1 and search like '%' || $2 || '%'"
    assert await api.engine.store.pool.fetchval(row, customer.id, customer.email) == 1
    await api.client.delete(f"/v1/customers/{customer.id}")
    assert await _all_pages(api, "/v1/customers", q=customer.email) == []
    assert await api.engine.store.pool.fetchval(row, customer.id, customer.email) == 0


def _digits(phone: str | None) -> str:
    return "".join(each for each in str(phone) if each.isdigit())
