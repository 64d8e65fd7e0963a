"""Trials: how they end, and what is billed then."""

from typing import Any

import pytest

from tests.support.app import RunningApi
from tests.support.billing import Shop, iso


async def test_a_trial_is_followed_by_the_first_charge(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-02-20T09:30:00Z")
    await shop.card()
    trialing = await shop.subscribe(await shop.price(1000), trial_period_days=14)
    assert (trialing["status"], iso(trialing["trial_end"]), trialing["latest_invoice"]) == (
        "TRIALING",
        "2024-03-05T09:30:00Z",
        None,
    )
    await shop.until("2024-04-06T00:00:00Z")
    invoices = await shop.invoices(trialing["id"])
    assert [iso(each["created"]) for each in invoices] == ["2024-03-05T09:30:00Z", "2024-04-05T09:30:00Z"]
    active = await shop.subscription(trialing["id"])
    assert (active["status"], iso(active["billing_cycle_anchor"])) == ("ACTIVE", "2024-03-05T09:30:00Z")
    without = await shop.subscribe(await shop.price(1000), trial_end="now")
    assert (without["status"], without["trial_end"]) == ("ACTIVE", None)


@pytest.mark.parametrize(("more", "total"), [({}, 1000), ({"quantity": 3}, 3000)])
async def test_a_trial_that_is_ended_is_billed_at_once_on_a_clock_that_stands(
    api: RunningApi, more: dict[str, Any], total: int
) -> None:
    shop = await Shop.open(api, "2024-02-20T09:30:00Z")
    await shop.card()
    path = f"/v1/subscriptions/{(await shop.subscribe(await shop.price(1000), trial_period_days=14))['id']}"
    await shop.until("2024-02-25T00:00:00Z")
    for behavior in ("DEFAULT_INCOMPLETE", "ERROR_IF_INCOMPLETE", "PENDING_IF_INCOMPLETE"):
        refused = await shop.send("PUT", path, {"trial_end": "now", "payment_behavior": behavior, **more}, 400)
        assert refused["error"]["param"] == "payment_behavior"
    more = more | {"payment_behavior": "ALLOW_INCOMPLETE", "proration_behavior": "ALWAYS_INVOICE"}
    ended = await shop.send("PUT", path, {"trial_end": "now", **more})
    assert (ended["status"], iso(ended["trial_end"]), iso(ended["current_period_end"])) == (
        "ACTIVE",
        "2024-02-25T00:00:00Z",
        "2024-03-25T00:00:00Z",
    )
    (invoice,) = await shop.invoices(ended["id"])
    assert (invoice["status"], invoice["total"], invoice["id"]) == ("PAID", total, ended["latest_invoice"])
    await shop.until("2024-03-26T00:00:00Z")
    assert [each["total"] for each in await shop.invoices(ended["id"])] == [total, total]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"trial_settings": {"end_behavior": {"missing_payment_method": "PAUSE"}}}, "PAUSED"),
        ({"trial_settings": {"end_behavior": {"missing_payment_method": "CANCEL"}}}, "CANCELED"),
        ({"cancel_at_period_end": True}, "CANCELED"),
    ],
)
async def test_a_trial_that_is_ended_ends_at_once_as_it_was_told(
    api: RunningApi, more: dict[str, Any], status: str
) -> None:
    shop = await Shop.open(api, "2024-02-20T09:30:00Z")
    trialing = await shop.subscribe(await shop.price(1000), trial_period_days=14, **more)
    change = {"trial_end": "now", "metadata": {"why": "asked"}}
    ended = await shop.send("PUT", f"/v1/subscriptions/{trialing['id']}", change)
    assert (ended["status"], iso(ended["trial_end"]), ended["metadata"]) == (
        status,
        "2024-02-20T09:30:00Z",
        {"why": "asked"},
    )
    assert await shop.invoices(trialing["id"]) == []


@pytest.mark.parametrize(
    ("behavior", "status"), [("CANCEL", "CANCELED"), ("pause", "PAUSED"), ("CREATE_INVOICE", "ACTIVE")]
)
async def test_a_trial_without_a_method_ends_as_it_was_told(api: RunningApi, behavior: str, status: str) -> None:
    shop = await Shop.open(api, "2024-02-20T09:30:00Z")
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    trialing = await shop.subscribe(await shop.price(1000), trial_period_days=14, trial_settings=settings)
    await shop.until("2024-03-06T00:00:00Z")
    assert (await shop.subscription(trialing["id"]))["status"] == status
