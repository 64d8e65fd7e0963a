"""A random year of life on a clock: whatever happens in it, its events give the same invoices to the cent, and the
money in the gateway's books is the money of payments, invoices and balances.

PEASWAP_YEARS sets how many years are lived.
"""

import asyncio
import os
from collections.abc import Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventstore.tenants import Tenant
from projections.laws.queries import verdict
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.state import Invoice
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.events import SubscriptionRenewed, SubscriptionResumed
from services.billing.subscriptions.proration import period_lines
from services.billing.subscriptions.state import Subscription
from tests.support.app import RunningApi, running_api, settings_for
from tests.support.billing import Shop, iso
from tests.support.gateway import SimulatorProcess, simulator
from tests.support.models import run_down
from tests.support.servers import Servers

YEARS = int(os.environ.get("PEASWAP_YEARS", "3"))
START, DAY = 1706702645, 86_400  # 2024-01-31T12:04:05Z
MOVES = (
    *("upgrade", "upgrade now", "downgrade", "downgrade now", "more", "wait to be paid", "only if paid", "yearly"),
    *("pause", "resume", "bad card", "good card", "lost card", "refund", "credit", "charge", "pay", "void", "cancel"),
)
# Credit that an invoice has used comes back when it is voided; random years seldom have both.
VOIDED = [(10, "downgrade now"), (2, "bad card"), (2, "upgrade"), (25, "void"), (30, "good card"), (9, "refund")]
years = st.lists(st.tuples(st.integers(1, 70), st.sampled_from(MOVES)), min_size=4, max_size=9)


class Life:
    """A house that lives through one year after another."""

    def __init__(self, api: RunningApi, gateway: SimulatorProcess) -> None:
        self.api = api
        self.gateway = gateway

    async def live(self, year: list[tuple[int, str]], zone: str) -> Shop:
        """A year of a new shop, which is looked through at its end."""
        shop = await Shop.open(self.api, iso(START), timezone=zone)
        prices = {amount: await shop.price(amount) for amount in (700, 1999, 9999)}
        yearly = await shop.price(12_345, "YEAR")
        subscription = (await shop.subscribe(prices[1999]))["id"]
        day = 0
        for days, move in year:
            day = min(day + days, 364)
            await self._until(shop, day)
            await self._move(shop, subscription, move, prices, yearly)
        await self._until(shop, 370)
        await run_down(self.api)
        await self._replayed(shop, subscription)
        await self._conserved(shop)
        return shop

    async def _until(self, shop: Shop, day: int) -> None:
        path, frozen_time = f"/v1/test_helpers/test_clocks/{shop.clock}", START + day * DAY
        if (await shop.get(path))["frozen_time"] < frozen_time:
            await shop.until(iso(frozen_time))

    async def _move(self, shop: Shop, id: str, move: str, prices: dict[int, str], yearly: str) -> None:
        path, now = f"/v1/subscriptions/{id}", {"proration_behavior": "always_invoice"}
        newest = (await shop.get("/v1/invoices", subscription=id, limit=100))["data"]
        waiting = next((each["id"] for each in newest if each["status"] == "OPEN"), "in_none")
        paid = next((each["payment"] for each in newest if each["payment"] and each["status"] == "PAID"), "pay_none")
        item: dict[str, Any] = {"customer": shop.customer, "currency": "usd"}
        requests: dict[str, tuple[str, str, Any]] = {
            "upgrade": ("PUT", path, {"price": prices[9999]}),
            "upgrade now": ("PUT", path, {"price": prices[9999], **now}),
            "downgrade": ("PUT", path, {"price": prices[700]}),
            "downgrade now": ("PUT", path, {"price": prices[700], **now}),
            "more": ("PUT", path, {"quantity": 3}),
            "wait to be paid": ("PUT", path, {"quantity": 5, "payment_behavior": "pending_if_incomplete", **now}),
            "only if paid": ("PUT", path, {"quantity": 7, "payment_behavior": "error_if_incomplete", **now}),
            "yearly": ("PUT", path, {"price": yearly}),
            "pause": ("POST", f"{path}/pause", None),
            "resume": ("POST", f"{path}/resume", {}),
            "refund": ("POST", "/v1/refunds", {"payment": paid, "amount": 100}),
            "credit": ("POST", "/v1/invoice_items", {**item, "amount": -2_500}),
            "charge": ("POST", "/v1/invoice_items", {**item, "amount": 333}),
            "pay": ("POST", f"/v1/invoices/{waiting}/pay", {"payment_method": "pm_card_visa"}),
            "void": ("POST", f"/v1/invoices/{waiting}/void", None),
            "cancel": ("DELETE", path, {"prorate": True}),
        }
        cards = {
            "bad card": "pm_card_chargeCustomerFail",
            "good card": "pm_card_visa",
            "lost card": "pm_card_visa_chargeDeclinedLostCard",
        }
        if move in cards:
            method, where, body = "PUT", path, {"default_payment_method": cards[move]}
        else:
            method, where, body = requests[move]
        answer = await self.api.client.request(method, where, json=body)
        assert answer.status_code in {200, 400, 402, 404}, f"{move}: {answer.text}"

    async def _replayed(self, shop: Shop, id: str) -> None:
        """What the subscription's events say that was to be billed is what its invoices bill."""
        tenant = await self.api.tenant()
        state: Subscription | None = None
        for fact in await self.api.engine.facts(tenant, [SUBSCRIPTIONS.stream(id)]):
            before, event = state, fact.event
            state = SUBSCRIPTIONS.fold([fact], state)
            if not isinstance(event, SubscriptionRenewed | SubscriptionResumed) or before is None:
                continue
            if event.invoice is not None and event.period is not None:
                invoice = await self._invoice(tenant, event.invoice)
                lines = [line for line in invoice.lines if line.invoice_item is None]
                assert lines == [*before.pending, *period_lines(before.items, event.period)]
        for listed in (await shop.get("/v1/invoices", customer=shop.customer, limit=100))["data"]:
            assert listed == await shop.get(f"/v1/invoices/{listed['id']}")
            assert listed["total"] == sum(line["amount"] for line in listed["lines"]["data"])

    async def _conserved(self, shop: Shop) -> None:
        found = await verdict(self.api.engine.store.pool, 0)
        assert list(found.breaches) == []
        invoices = (await shop.get("/v1/invoices", customer=shop.customer, limit=100))["data"]
        payments = (await shop.get("/v1/payments", customer=shop.customer, limit=100))["data"]
        taken = sum([(await self.gateway.captures(each["id"]))[1] for each in payments])
        assert taken == sum(each["amount_received"] for each in payments)
        assert taken == sum(each["amount_paid"] for each in invoices if each["status"] == "PAID" and each["payment"])
        counted = [each for each in invoices if each["status"] not in {"DRAFT", "VOID"}]
        customer = await shop.get(f"/v1/customers/{shop.customer}")
        assert customer["balance"] == sum(each["ending_balance"] - each["starting_balance"] for each in counted)
        billed = sum(each["total"] for each in counted)
        assert billed == sum(each["amount_due"] for each in counted) + customer["balance"]

    async def _invoice(self, tenant: Tenant, id: str) -> Invoice:
        state = (await self.api.engine.load(INVOICES, tenant, id)).state
        assert state is not None
        return state


@pytest.fixture(scope="module")
def life(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[asyncio.Runner, Life]]:
    """One house for all years, on an event loop of its own: hypothesis calls the test again and again."""

    async def opened(stack: AsyncExitStack, database: str, folder: Path) -> Life:
        gateway = await stack.enter_async_context(simulator(folder))
        house = settings_for(database, running_servers.valkey.url, gateway)
        return Life(await stack.enter_async_context(running_api(house)), gateway)

    with running_servers.database() as database, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        yield runner, runner.run(opened(stack, database, tmp_path_factory.mktemp("gateway")))
        runner.run(stack.aclose())


@settings(
    max_examples=YEARS,
    deadline=None,
    derandomize="PEASWAP_YEARS" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(year=years, zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]))
def test_a_year_is_what_its_events_say(
    life: tuple[asyncio.Runner, Life], year: list[tuple[int, str]], zone: str
) -> None:
    runner, house = life
    runner.run(house.live(year, zone))


def test_a_year_in_which_an_invoice_that_used_credit_is_voided(life: tuple[asyncio.Runner, Life]) -> None:
    runner, house = life

    async def voided() -> list[tuple[int, int]]:
        shop = await house.live(VOIDED, "UTC")
        invoices = (await shop.get("/v1/invoices", customer=shop.customer, limit=100))["data"]
        return [(each["starting_balance"], each["ending_balance"]) for each in invoices if each["status"] == "VOID"]

    [(before, after)] = runner.run(voided())
    assert before < after <= 0
