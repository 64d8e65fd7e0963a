"""Keeping read models up with the log: once each, in order, whatever breaks or repeats."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from eventstore.pool import Connection
from eventstore.store import OutcomeUnknown
from projections.engine import advance, retry_stopped
from projections.projection import Projection
from projections.registry import PROJECTIONS
from projections.setup import behind, outdated, set_up
from services.core.engine import Engine
from services.core.event import Fact
from tests.support.app import RunningApi
from tests.support.models import rows_of, run_down, written_twice

POISONED = "update es.checkpoints set updated_at = clock_timestamp() - interval '1 minute' where reader = $1"


async def _traffic(api: RunningApi, count: int = 12) -> None:
    """Customers, payments, refunds, deletions, an invoice and a subscription."""
    last = await api.create_customer(name="Ada", email="ada@example.com")
    for number in range(count):
        customer = await api.create_customer(name=f"Ada {number}", email=f"ada{number}@example.com")
        for amount, currency in ((1000 + number, "usd"), (500, "jpy")):
            body = {"amount": amount, "currency": currency, "customer": customer["id"]}
            payment = (await api.client.post("/v1/payments", json=body)).json()
        if number % 3 == 0:
            await api.client.post("/v1/refunds", json={"payment": payment["id"], "amount": 100})
        if number % 4 == 0:
            await api.client.delete(f"/v1/customers/{customer['id']}")
    await api.client.post("/v1/invoice_items", json={"amount": 70, "currency": "usd", "customer": last["id"]})
    invoice = (await api.client.post("/v1/invoices", json={"customer": last["id"]})).json()["id"]
    for action in ("finalize", "pay"):
        await api.client.post(f"/v1/invoices/{invoice}/{action}")
    price = {"currency": "usd", "unit_amount": 700, "recurring": {"interval": "MONTH"}, "product_data": {"name": "Pro"}}
    terms = {"price": (await api.client.post("/v1/prices", json=price)).json()["id"], "trial_period_days": 3}
    await api.client.post("/v1/subscriptions", json={"customer": last["id"], **terms})
    declined = {"amount": 9, "currency": "usd", "payment_method": "pm_card_visa_chargeDeclined"}
    await api.client.post("/v1/payments", json=declined)
    waiting = {"amount": 9, "currency": "usd"}
    await api.client.post("/v1/payments", json=waiting, headers={"Prefer": "respond-async"})


async def test_events_projected_twice_change_nothing(api: RunningApi) -> None:
    await _traffic(api)
    await run_down(api)
    for projection in PROJECTIONS:
        before = await rows_of(api.engine, projection)
        assert any(before.values()), projection.name
        await written_twice(api.engine, projection)
        assert await rows_of(api.engine, projection) == before, projection.name


async def test_two_projectors_share_the_work(api: RunningApi) -> None:
    await api.stop_projecting()
    # The projector beside the API may still be at its last batch.
    await run_down(api)
    begun = await _positions(api)
    await _traffic(api)
    expected = await api.engine.store.head(0)

    async def project() -> int:
        done = 0
        while await _positions(api) < expected:
            done += await advance(api.engine, 0, PROJECTIONS)
        return done

    first, second = await asyncio.gather(project(), project())
    assert first + second >= expected - begun
    for projection in PROJECTIONS:
        before = await rows_of(api.engine, projection)
        await written_twice(api.engine, projection)
        assert await rows_of(api.engine, projection) == before, projection.name


async def _positions(api: RunningApi) -> int:
    return await api.engine.store.pool.fetchval("select min(position) from es.checkpoints where shard = 0")


class _Broken:
    """A projection that does its work, and then its backend dies before the commit."""

    def __init__(self, of: Projection) -> None:
        self._of = of
        self.deaths = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        await self._of.project(connection, facts)
        self.deaths += 1
        connection.terminate()


@pytest.mark.parametrize("name", ["analytics", "objects", "due"])
async def test_rows_and_checkpoint_are_lost_together(api: RunningApi, name: str) -> None:
    await api.stop_projecting()
    await _traffic(api, 3)
    (projection,) = [each for each in PROJECTIONS if each.name == name]
    broken: Any = _Broken(projection)
    standing = await rows_of(api.engine, projection)
    with pytest.raises(OutcomeUnknown):
        await advance(api.engine, 0, [broken])
    assert broken.deaths == 1
    assert await rows_of(api.engine, projection) == standing
    await run_down(api)
    before = await rows_of(api.engine, projection)
    assert before != standing
    await written_twice(api.engine, projection)
    assert await rows_of(api.engine, projection) == before


class _Poisoned:
    """A projection that cannot take one kind of event, until it is mended."""

    def __init__(self, of: Projection, kind: str) -> None:
        self._of = of
        self._kind = kind
        self.mended = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        if not self.mended and any(fact.recorded.type == self._kind for fact in facts):
            raise ValueError("this cannot be projected")
        await self._of.project(connection, facts)


async def test_what_cannot_be_projected_stops_that_one_only_and_goes_on_once_mended(api: RunningApi) -> None:
    await api.stop_projecting()
    await _traffic(api, 3)
    poisoned: list[Any] = [
        _Poisoned(each, "payment.succeeded") if each.name == "analytics" else each for each in PROJECTIONS
    ]
    while await advance(api.engine, 0, poisoned):
        pass
    systems = (await api.client.get("/v1/system/projections")).json()["data"]
    states = {each["name"]: each["state"] for each in systems}
    assert states.pop("analytics") == "stopped"
    assert set(states.values()) == {"live"}
    (stopped,) = [each for each in systems if each["name"] == "analytics"]
    assert "this cannot be projected" in stopped["reason"]
    assert stopped["event"].startswith("evt_")
    for each in poisoned:
        if isinstance(each, _Poisoned):
            each.mended = True
    await api.engine.store.pool.execute(POISONED, "analytics")
    await retry_stopped(api.engine, 0)
    while await advance(api.engine, 0, poisoned):
        pass
    assert await _positions(api) == await api.engine.store.head(0)


async def test_an_event_that_nobody_understands_stops_all_before_it(api: RunningApi) -> None:
    await api.stop_projecting()
    await _traffic(api, 1)
    await api.create_customer(name="Last")
    head = await api.engine.store.head(0)
    unknown = Engine(
        store=api.engine.store,
        vault=api.engine.vault,
        tenants=api.engine.tenants,
        clock=api.engine.clock,
        codecs={name: codec for name, codec in api.engine.codecs.items() if name != "refund"},
        time_on=api.engine.time_on,
    )
    while await advance(unknown, 0, PROJECTIONS):
        pass
    assert await _positions(api) < head
    await api.engine.store.pool.execute("update es.checkpoints set updated_at = now() - interval '1 minute'")
    await retry_stopped(api.engine, 0)
    await run_down(api)
    assert await _positions(api) == head


async def test_setting_up_twice_changes_nothing(api: RunningApi) -> None:
    await _traffic(api, 2)
    await run_down(api)
    before = [await rows_of(api.engine, projection) for projection in PROJECTIONS]
    assert await set_up(api.settings.database_url, shards=1) == []
    assert [await rows_of(api.engine, projection) for projection in PROJECTIONS] == before


async def test_a_read_model_of_an_older_revision_is_named(api: RunningApi) -> None:
    pool = api.engine.store.pool
    await pool.execute("update es.checkpoints set revision = 0 where reader = 'history'")
    async with pool.acquire() as connection:
        assert await outdated(connection, PROJECTIONS) == ["history"]


@pytest.mark.parametrize("revision", [0, 999])
async def test_tables_of_another_revision_are_left_to_the_version_that_made_them(
    api: RunningApi, revision: int
) -> None:
    await api.stop_projecting()
    pool, [history] = api.engine.store.pool, [each for each in PROJECTIONS if each.name == "history"]
    await pool.execute("update es.checkpoints set revision = $1 where reader = 'history'", revision)
    async with pool.acquire() as connection:
        assert await behind(connection, PROJECTIONS) == (["history"] if revision == 0 else [])
    ready = (await api.client.get("/readyz")).json()["migrations"]
    old = "An older version made read models (history): run `./peaswap migrate`."
    assert ready == (old if revision == 0 else "ok")
    rows, head = await rows_of(api.engine, history), await api.engine.store.head(0)
    await _traffic(api, 2)
    while await advance(api.engine, 0, PROJECTIONS):
        pass
    assert await rows_of(api.engine, history) == rows
    behind_now = {row[0] for row in await pool.fetch("select reader from es.checkpoints where position <= $1", head)}
    assert behind_now == {"history"}
