"""More dates, quantities and currencies, as they reach invoices."""

import pytest

from tests.support.app import RunningApi
from tests.support.billing import Shop, iso, seconds
from tests.support.gateway import SimulatorProcess


async def test_a_day_that_apia_left_out_is_billed_to_nobody(api: RunningApi) -> None:
    shop = await Shop.open(api, "2011-12-28T10:00:00-10:00", timezone="Pacific/Apia")
    subscription = await shop.subscribe(await shop.price(100, "DAY"))
    await shop.until("2012-01-01T11:00:00+14:00")
    starts = [iso(each["period_start"]) for each in await shop.invoices(subscription["id"])]
    assert starts == [
        "2011-12-28T20:00:00Z",
        "2011-12-29T20:00:00Z",
        "2011-12-30T20:00:00Z",
        "2011-12-31T20:00:00Z",
    ]


@pytest.mark.parametrize(("currency", "unit"), [("jpy", 1000), ("kwd", 1000), ("isk", 1000)])
async def test_minor_units_are_divided_as_whole_numbers_in_every_currency(
    api: RunningApi, currency: str, unit: int
) -> None:
    shop = await Shop.open(api, "2024-01-31T00:00:00Z")
    body = {"customer": shop.customer, "currency": currency, "total_amount": unit, "installments": {"count": 3}}
    plan = await shop.post("/v1/payment_schedules", body)
    assert [each["amount"] for each in plan["payments"]] == [334, 333, 333]
    cheap, dear = [await shop.price(amount, currency=currency) for amount in (unit + 1, 2 * unit + 1)]
    subscription = await shop.subscribe(cheap)
    # The 31st of January to the 29th of February are 29 days; after 10 of them 19 are left.
    await shop.until("2024-02-10T00:00:00Z")
    change = {"price": dear, "proration_behavior": "always_invoice"}
    await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", change)
    lines = (await shop.invoices(subscription["id"]))[-1]["lines"]["data"]
    assert [line["amount"] for line in lines] == [-656, 1311]


async def test_nothing_of_a_price_costs_nothing_and_many_of_a_small_one_something(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    shop = await Shop.open(api, "2024-02-29T00:00:00Z")
    tiny = await shop.price(0, unit_amount=None, unit_amount_decimal="0.000000500001")
    none = await shop.subscribe(await shop.price(1000), quantity=0)
    many = await shop.subscribe(tiny, quantity=1_000_000)
    yearly = await shop.subscribe(await shop.price(1200, "YEAR"))
    assert [each["status"] for each in (none, many, yearly)] == ["ACTIVE"] * 3
    await shop.until("2024-04-01T00:00:00Z")
    assert [each["total"] for each in await shop.invoices(none["id"])] == [0, 0]
    assert [each["total"] for each in await shop.invoices(many["id"])] == [1, 1]
    assert iso((await shop.subscription(yearly["id"]))["current_period_end"]) == "2025-02-28T00:00:00Z"
    assert (await gateway.captures())[1] == 1200 + 2


async def test_an_end_in_the_middle_of_a_period_and_a_start_in_the_past(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-03-15T00:00:00Z")
    price = await shop.price(3100)
    ends = seconds("2024-04-20T06:00:00Z")
    subscription = await shop.subscribe(price, cancel_at=ends)
    late = await shop.subscribe(price, backdate_start_date=seconds("2024-01-31T00:00:00Z"))
    await shop.until("2024-05-16T00:00:00Z")
    ended = await shop.subscription(subscription["id"])
    assert (ended["status"], ended["ended_at"], ended["end_reason"]) == ("CANCELED", ends, "cancel_at")
    assert [each["total"] for each in await shop.invoices(subscription["id"])] == [3100, 3100]
    # The period that is running began on the last day of February, two months were to begin by mid-May.
    first, *rest = await shop.invoices(late["id"])
    assert [line["amount"] for line in first["lines"]["data"]] == [3100, 3100]
    assert [iso(each["period_start"]) for each in rest] == ["2024-03-31T00:00:00Z", "2024-04-30T00:00:00Z"]
