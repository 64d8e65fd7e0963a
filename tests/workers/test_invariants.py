"""The laws of money on live data: they hold, and a row that breaks one raises the alarm."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.models import run_down
from workers.invariants import check

BREAKS = {
    "payments": "update rm_laws.settled set received = received + 1 where payment = (select payment from one)",
    "refunds": "update rm_laws.refunds set aside = aside - 1 where refund = (select min(refund) from rm_laws.refunds)",
    "balances": "update rm_laws.balances set balance = balance - 1",
    "numbers": "update rm_laws.numbers set last = last + 1",
    "periods": "update rm_laws.periods set another = 'in_b' where invoice = (select min(invoice) from rm_laws.periods)",
}
ONE = "with one as (select min(payment) as payment from rm_laws.settled) "


async def _year(api: RunningApi) -> None:
    """Renewals, a credit, a decline, a void and a refund."""
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(5000))
    await shop.until("2024-02-10T00:00:00Z")
    body = {"price": await shop.price(1000), "proration_behavior": "always_invoice"}
    await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", body)
    await shop.card("pm_card_chargeCustomerFail")
    await shop.until("2024-07-10T00:00:00Z")
    failed = (await shop.invoices(subscription["id"]))[-1]
    await shop.post(f"/v1/invoices/{failed['id']}/void")
    paid = next(
        each for each in await shop.invoices(subscription["id"]) if each["payment"] and each["status"] == "PAID"
    )
    for amount in (100, 200):
        refund = await shop.post("/v1/refunds", {"payment": paid["payment"], "amount": amount})
    await shop.post(f"/v1/test_helpers/refunds/{refund['id']}/fail")
    await run_down(api)


async def _metric(api: RunningApi, law: str) -> float:
    text = (await api.client.get("/metrics")).text
    (line,) = [line for line in text.splitlines() if line.startswith(f'peaswap_laws_broken{{law="{law}"')]
    return float(line.rpartition(" ")[2])


async def test_each_law_holds_and_its_breach_is_an_alarm(api: RunningApi) -> None:
    await _year(api)
    held = await check(api.engine, 0)
    assert (list(held.breaches), held.position) == ([], await api.engine.store.head(0))
    api.projecting = False
    for law, statement in BREAKS.items():
        assert await _metric(api, law) == 0
        await api.engine.store.pool.execute(ONE + statement if "one)" in statement else statement)
        with capture_logs() as logged:
            found = await check(api.engine, 0)
        assert [breach.law for breach in found.breaches].count(law) == 1
        alarm: Any = next(line for line in logged if line["event"] == "law_broken" and line["law"] == law)
        assert alarm["reason"]
        assert await _metric(api, law) == 1


async def test_an_append_that_is_half_read_breaks_nothing(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.engine.BATCH_EVENTS_MAX", 7)
    await _year(api)
    assert list((await check(api.engine, 0)).breaches) == []
