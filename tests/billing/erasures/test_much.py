"""Erasing a customer of whom there is very much, or to whom something happens all the time."""

from typing import Any

import httpx
import pytest

from projections import erasing
from projections.engine import advance
from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from services.billing.customers import ending
from services.billing.customers import erasing as of_customers
from services.billing.erasures.decider import ERASURES
from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.models import run_down
from tests.support.privacy import SAVED, WORD, Known, places_with


async def test_a_rebuild_beside_an_erasure_finds_no_difference(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await Known.meet(api)
    await run_down(api)
    await api.stop_projecting()
    await known.post(f"/v1/customers/{known.customer}/erase")
    with monkeypatch.context() as small:
        small.setattr(erasing, "PIECE_OBJECTS_MAX", 1)
        await advance(api.engine, 0, PROJECTIONS)
    left = "select count(*) from rm_objects.erasing"
    assert await api.engine.store.pool.fetchval(left) > 0
    [objects] = [each for each in PROJECTIONS if each.name == "objects"]
    rebuilt = await rebuild(api.engine, api.settings.database_url, objects, lambda _done, _total: None)
    assert (rebuilt.differing, await api.engine.store.pool.fetchval(left)) == (0, 0)


async def test_who_has_very_much_is_forgotten_piece_by_piece(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "PIECE_OBJECTS_MAX", 3)
    monkeypatch.setattr(erasing, "PIECE_EVENTS_MAX", 6)
    known = await Known.meet(api)
    other = (await api.create_customer(name=WORD, email=f"{WORD}@example.com"))["id"]
    body = {"amount": 100, "currency": "usd", "customer": other, "description": WORD}
    for _ in range(5):
        await known.post("/v1/payments", body)
    await run_down(api)
    await api.stop_projecting()
    for each in (known.customer, other):
        await known.post(f"/v1/customers/{each}/erase")
    head = await api.engine.store.head(0)
    where = "select position from es.checkpoints where shard = 0 and reader = 'objects'"
    pieces = 0
    while await advance(api.engine, 0, PROJECTIONS):
        pieces += 1
        # What else happens is shown meanwhile.
        assert await api.engine.store.pool.fetchval(where) == head
        if pieces == 2:
            assert await places_with(api.settings.database_url, api.settings.redis_url) != []
            await _die_before_the_commit(api)
    assert pieces > 5
    assert await places_with(api.settings.database_url, api.settings.redis_url) == []
    for projection in PROJECTIONS:
        rebuilt = await rebuild(api.engine, api.settings.database_url, projection, lambda _done, _total: None)
        assert (projection.name, rebuilt.differing) == (projection.name, 0)
    for schema in ("rm_objects", "rm_due"):
        assert await api.engine.store.pool.fetchval(f"select count(*) from {schema}.erasing") == 0


async def test_who_had_very_many_methods_is_erased_all_the_same(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_customers, "METHODS_AT_ONCE_MAX", 2)
    known = await Known.meet(api)
    loose = [(await known.post("/v1/payment_methods", SAVED))["id"] for _ in range(4)]
    for id in loose:
        await known.post(f"/v1/payment_methods/{id}/attach", {"customer": known.customer})
    await known.post(f"/v1/payment_methods/{loose[0]}/detach")
    path = f"/v1/customers/{known.customer}"
    refused = await known.post(f"{path}/erase", {"if_active": "error"}, status=400)
    assert refused["error"]["code"] == "customer_active"
    assert (await known.get(f"{path}/payment_methods"))["data"][0]["billing_details"]["name"] == WORD
    # Seven methods in all, of which two were detached.
    receipt = await known.post(f"{path}/erase")
    assert receipt["payment_methods"] == 5
    assert await known.post(f"{path}/erase") == receipt
    await run_down(api)
    assert await places_with(api.settings.database_url, api.settings.redis_url) == []
    # Two by two; of two both were detached, and the last one goes with the customer.
    assert await api.engine.store.pool.fetchval("select count(*) from es.events where type = 'erasure.prepared'") == 2
    await api.attend()
    state = (await api.engine.load(ERASURES, await api.tenant(), known.customer)).state
    assert state is not None
    assert (len(state.saved), state.finished_at is not None) == (5, True)


@pytest.mark.parametrize("how", ["erase", "delete"])
async def test_for_whom_very_much_runs_all_of_it_ends(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(ending, "ENDED_AT_ONCE_MAX", 2)
    here = await Shop.open(api, "2024-01-01T00:00:00Z")
    price = await here.price(1000)
    body = {"customer": here.customer, "price": price, "trial_period_days": 5}
    running = [(await here.post("/v1/subscriptions", body))["id"] for _ in range(5)]
    plan = {"customer": here.customer, "currency": "usd", "payments": [{"amount": 900, "date": 1_900_000_000}]}
    planned = [(await here.post("/v1/payment_schedules", plan))["id"] for _ in range(3)]
    path = f"/v1/customers/{here.customer}"
    refused = await here.post(f"{path}/erase", {"if_active": "error"}, status=400)
    assert refused["error"]["code"] == "customer_active"
    if how == "erase":
        receipt = await here.post(f"{path}/erase")
        assert (receipt["subscriptions"], receipt["payment_schedules"]) == (5, 3)
    else:
        await here.send("DELETE", path)
    for kind, ids in (("subscriptions", running), ("payment_schedules", planned)):
        assert {(await here.get(f"/v1/{kind}/{id}"))["status"] for id in ids} == {"CANCELED"}
    assert (await api.client.get(path)).status_code == httpx.codes.NOT_FOUND


async def test_a_customer_that_is_changed_all_the_time_is_erased(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = (await api.create_customer(name=WORD))["id"]
    read, changes = of_customers.methods_ever_of, 0

    async def change_meanwhile(*about: Any) -> Any:
        nonlocal changes
        found, changes = await read(*about), changes + 1
        changed = await api.client.put(f"/v1/customers/{customer}", json={"description": f"{WORD} {changes}"})
        assert changed.is_success
        return found

    monkeypatch.setattr(of_customers, "methods_ever_of", change_meanwhile)
    erased = await api.client.post(f"/v1/customers/{customer}/erase", json={})
    assert (erased.status_code, changes) == (200, 1), erased.text


async def _die_before_the_commit(api: RunningApi) -> None:
    """A piece is done, and then the power fails."""
    sql = "select tenant, subject, category, id from rm_objects.erasing order by tenant, subject"
    before = await api.engine.store.pool.fetch(sql)
    assert before
    async with api.engine.store.pool.acquire() as connection:
        await connection.execute("begin; set local search_path to rm_objects, public")
        assert await erasing.forget_more(connection, "objects", 0)
        assert await connection.fetch(sql.replace("rm_objects.", "")) != before
        connection.terminate()
    assert await api.engine.store.pool.fetch(sql) == before
