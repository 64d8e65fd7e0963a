"""Recurring revenue over time, to the minor unit."""

from typing import Any

from tests.support.app import RunningApi
from tests.support.billing import Shop, seconds


async def _points(shop: Shop, since: str, until: str, **query: Any) -> list[dict[str, Any]]:
    """The months from `since` on, as figures of subscriptions only."""
    params = {"from": seconds(since), "to": seconds(until), "interval": "month", "currency": "usd", **query}
    names = ("date", "active_subscriptions", "trialing_subscriptions", "mrr", "mrr_trialing", "churned")
    return [{name: point[name] for name in names} for point in (await shop.get("/v1/analytics", **params))["data"]]


def _point(date: str, active: int, trialing: int, mrr: int, mrr_trialing: int, churned: int = 0) -> dict[str, Any]:
    return {
        "date": date,
        "active_subscriptions": active,
        "trialing_subscriptions": trialing,
        "mrr": mrr,
        "mrr_trialing": mrr_trialing,
        "churned": churned,
    }


async def test_revenue_is_what_ran_at_the_end_of_each_month(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-10T00:00:00Z")
    await shop.card()
    monthly = await shop.subscribe(await shop.price(1000))
    await shop.subscribe(await shop.price(999, "YEAR"), trial_end=seconds("2024-02-20T00:00:00Z"))
    await shop.until("2024-02-05T00:00:00Z")
    await shop.send("PUT", f"/v1/subscriptions/{monthly['id']}", {"quantity": 3})
    await shop.until("2024-03-05T00:00:00Z")
    await shop.send("DELETE", f"/v1/subscriptions/{monthly['id']}")
    # A year of 999 is 83.25 a month; the sum is rounded, not its parts.
    assert await _points(shop, "2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z") == [
        _point("2024-01-01", 1, 1, 1000, 83),
        _point("2024-02-01", 2, 0, 3083, 0),
        _point("2024-03-01", 1, 0, 83, 0, churned=1),
    ]
    # What came before the range is carried into it; what left before is no longer told.
    assert await _points(shop, "2024-04-01T00:00:00Z", "2024-05-01T00:00:00Z") == [_point("2024-04-01", 1, 0, 83, 0)]
    assert await _points(shop, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", currency="eur") == [
        _point("2024-02-01", 0, 0, 0, 0)
    ]


async def test_parts_of_a_unit_are_summed_before_they_are_rounded(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-10T00:00:00Z")
    await shop.card()
    # 3 × 7 / 12 = 1.75, 10 × 52 / 12 = 43.33…, 1.005 × 365 / 12 = 30.56875, 100 / 3 = 33.33…: 108.985… in all.
    for _ in range(3):
        await shop.subscribe(await shop.price(7, "YEAR"))
    await shop.subscribe(await shop.price(10, "WEEK"))
    await shop.subscribe(await shop.price(0, "DAY", unit_amount=None, unit_amount_decimal="1.005"))
    await shop.subscribe(await shop.price(100, "MONTH", 3))
    [point] = await _points(shop, "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z")
    assert point == _point("2024-01-01", 6, 0, 109, 0)


async def test_only_those_who_are_served_count(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-10T00:00:00Z")
    price = await shop.price(500)
    waiting = await shop.subscribe(price, payment_behavior="default_incomplete")
    tried = await shop.subscribe(price, trial_end=seconds("2024-03-01T00:00:00Z"))
    await shop.send("DELETE", f"/v1/subscriptions/{tried['id']}")
    await shop.card()
    paused = await shop.subscribe(price)
    owing = await shop.subscribe(price)
    await shop.post(f"/v1/subscriptions/{paused['id']}/pause")
    await shop.card("pm_card_chargeCustomerFail")
    await shop.until("2024-02-12T00:00:00Z")
    states = [(await shop.subscription(each["id"]))["status"] for each in (waiting, tried, paused, owing)]
    assert states == ["INCOMPLETE_EXPIRED", "CANCELED", "PAUSED", "PAST_DUE"]
    # Nobody is lost who never paid; one that owes is served.
    assert await _points(shop, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z") == [_point("2024-02-01", 1, 0, 500, 0)]
