"""Rebuilding beside the live read model, while writes go on."""

import asyncio

import pytest

from projections.projection import Projection
from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.models import rows_of, run_down


async def test_every_rebuilt_read_model_equals_the_live_one_while_writes_go_on(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    await shop.until("2024-04-15T00:00:00Z")
    assert len(await shop.invoices(subscription["id"])) == 4
    done = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not done.is_set():
            written += 1
            customer = await api.create_customer(name=f"Ada {written}", email=f"ada{written}@example.com")
            body = {"amount": 100 + written, "currency": "usd", "customer": customer["id"]}
            payment = (await api.client.post("/v1/payments", json=body)).json()
            if written % 3 == 0:
                await api.client.post("/v1/refunds", json={"payment": payment["id"], "amount": 50})
            if written % 5 == 0:
                await api.client.delete(f"/v1/customers/{customer['id']}")

    writer = asyncio.create_task(write())
    await asyncio.sleep(0.5)
    for projection in PROJECTIONS:
        rebuilt = await rebuild(api.engine, api.settings.database_url, projection, lambda _done, _total: None)
        assert (projection.name, rebuilt.differing) == (projection.name, 0)
        assert rebuilt.events > 0
    async with asyncio.timeout(120):
        while written <= 20:
            await asyncio.sleep(0.01)
    done.set()
    await writer
    # What was swapped in goes on by itself, and is the same as what a second rebuild makes.
    await run_down(api)
    for projection in PROJECTIONS:
        before = await rows_of(api.engine, projection)
        rebuilt = await rebuild(api.engine, api.settings.database_url, projection, lambda _done, _total: None)
        assert rebuilt.differing == 0
        assert await rows_of(api.engine, projection) == before


@pytest.mark.parametrize("projection", PROJECTIONS, ids=[each.name for each in PROJECTIONS])
async def test_a_row_that_was_changed_by_hand_is_counted_and_mended(api: RunningApi, projection: Projection) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.subscribe(await shop.price(1000))
    await api.client.post("/v1/payments", json={"amount": 5, "currency": "usd"}, headers={"Prefer": "respond-async"})
    await run_down(api)
    before = await rows_of(api.engine, projection)
    table = next(table for table in projection.compared if before[table])
    await api.engine.store.pool.execute(
        f"delete from rm_{projection.name}.{table} where ctid = (select ctid from rm_{projection.name}.{table} limit 1)"
    )
    rebuilt = await rebuild(api.engine, api.settings.database_url, projection, lambda _done, _total: None)
    assert rebuilt.differing >= 1
    assert await rows_of(api.engine, projection) == before
