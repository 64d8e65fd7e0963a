"""The life of subscriptions on a test clock: periods, renewals, changes and ends."""

import pytest

from tests.support.app import RunningApi
from tests.support.billing import Shop, iso, seconds


@pytest.mark.parametrize(
    ("start", "zone", "until", "expected"),
    [
        (
            "2023-01-31T00:00:00Z",
            "UTC",
            "2023-05-15T00:00:00Z",
            ["2023-01-31T00:00:00Z", "2023-02-28T00:00:00Z", "2023-03-31T00:00:00Z", "2023-04-30T00:00:00Z"],
        ),
        (
            "2024-01-31T15:04:05Z",
            "UTC",
            "2024-05-15T00:00:00Z",
            ["2024-01-31T15:04:05Z", "2024-02-29T15:04:05Z", "2024-03-31T15:04:05Z", "2024-04-30T15:04:05Z"],
        ),
        (
            "2024-02-10T02:30:00-05:00",
            "America/New_York",
            "2024-04-20T00:00:00Z",
            ["2024-02-10T07:30:00Z", "2024-03-10T07:30:00Z", "2024-04-10T06:30:00Z"],
        ),
    ],
)
async def test_a_subscription_is_billed_once_for_each_period(
    api: RunningApi, start: str, zone: str, until: str, expected: list[str]
) -> None:
    shop = await Shop.open(api, start, timezone=zone)
    subscription = await shop.subscribe(await shop.price(1000))
    assert subscription["status"] == "ACTIVE"
    await shop.until(until)
    invoices = await shop.invoices(subscription["id"])
    assert [iso(each["period_start"]) for each in invoices] == expected
    assert [iso(each["created"]) for each in invoices] == expected
    assert [iso(each["period_end"]) for each in invoices[:-1]] == expected[1:]
    assert {(each["status"], each["total"], each["amount_paid"]) for each in invoices} == {("PAID", 1000, 1000)}
    assert [each["number"] for each in invoices] == [f"INV-{n + 1:06d}" for n in range(len(invoices))]
    assert [each["billing_reason"] for each in invoices] == ["SUBSCRIPTION_CREATE"] + ["SUBSCRIPTION_CYCLE"] * (
        len(invoices) - 1
    )
    renewed = await shop.subscription(subscription["id"])
    assert (renewed["status"], renewed["latest_invoice"]) == ("ACTIVE", invoices[-1]["id"])


async def test_the_guides_call_leaves_an_invoice_to_be_paid(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.card()
    price = await shop.price(1500, id="price_1NvQI2eZvKYlo2C1")
    body = {"customer": shop.customer, "price": price, "payment_behavior": "default_incomplete"}
    subscription = await shop.post("/v1/subscriptions", body)
    assert subscription["status"] == "INCOMPLETE"
    invoice = await shop.get(f"/v1/invoices/{subscription['latest_invoice']}")
    assert (invoice["status"], invoice["amount_due"], invoice["number"]) == ("OPEN", 1500, "INV-000001")
    paid = await shop.post(f"/v1/invoices/{invoice['id']}/pay")
    assert (paid["status"], paid["amount_remaining"]) == ("PAID", 0)
    assert (await shop.subscription(subscription["id"]))["status"] == "ACTIVE"
    payment = await shop.get(f"/v1/payments/{paid['payment']}")
    assert (payment["status"], payment["invoice"], payment["subscription"]) == (
        "SUCCEEDED",
        invoice["id"],
        subscription["id"],
    )
    again = await shop.post(f"/v1/invoices/{invoice['id']}/pay", status=400)
    assert again["error"]["code"] == "invoice_unexpected_state"


async def test_without_a_behaviour_the_first_invoice_waits_too(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    price = await shop.price(1500, id="price_monthly_pro")
    subscription = await shop.post("/v1/subscriptions", {"customer": shop.customer, "price": price})
    assert (subscription["status"], subscription["payment_behavior"]) == ("INCOMPLETE", "DEFAULT_INCOMPLETE")


async def test_an_unpaid_first_invoice_expires_after_23_hours(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-03-10T06:00:00Z", timezone="America/New_York")
    subscription = await shop.subscribe(await shop.price(1000), payment_behavior="default_incomplete")
    await shop.until("2024-03-11T04:59:59Z")
    assert (await shop.subscription(subscription["id"]))["status"] == "INCOMPLETE"
    await shop.until("2024-03-12T00:00:00Z")
    expired = await shop.subscription(subscription["id"])
    assert (expired["status"], iso(expired["ended_at"])) == ("INCOMPLETE_EXPIRED", "2024-03-11T05:00:00Z")
    assert [each["status"] for each in await shop.invoices(subscription["id"])] == ["VOID"]


async def test_a_declined_first_payment_leaves_it_incomplete_or_makes_nothing(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.card("pm_card_chargeCustomerFail")
    price = await shop.price(1000)
    incomplete = await shop.subscribe(price)
    assert incomplete["status"] == "INCOMPLETE"
    declined = await shop.subscribe(price, 402, payment_behavior="ERROR_IF_INCOMPLETE")
    assert declined["error"]["type"] == "card_error"
    payment = declined["error"]["payment"]
    assert (payment["status"], payment["amount"]) == ("FAILED", 1000)
    listed = await shop.get("/v1/subscriptions", customer=shop.customer)
    assert [each["id"] for each in listed["data"]] == [incomplete["id"]]
    assert (await shop.send("GET", f"/v1/subscriptions/{payment['subscription']}", status=404))["error"]


async def test_days_until_an_invoice_is_due_go_with_sending_it(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-02-20T09:30:00Z")
    path = f"/v1/subscriptions/{(await shop.subscribe(await shop.price(1000)))['id']}"
    both = {"cancel_at": 1_800_000_000, "cancel_at_period_end": True}
    for change, param in (
        ({"collection_method": "SEND_INVOICE"}, "days_until_due"),
        ({"days_until_due": 5}, "days_until_due"),
        (both, "cancel_at"),
        ({"default_payment_method": "pm_none"}, "default_payment_method"),
    ):
        assert (await shop.send("PUT", path, change, 400))["error"]["param"] == param
    await shop.subscribe(await shop.price(1000), 400, **both)
    sent = await shop.send("PUT", path, {"collection_method": "SEND_INVOICE", "days_until_due": 5})
    assert (sent["collection_method"], sent["days_until_due"]) == ("SEND_INVOICE", 5)
    charged = await shop.send("PUT", path, {"collection_method": "CHARGE_AUTOMATICALLY"})
    assert (charged["collection_method"], charged["days_until_due"]) == ("CHARGE_AUTOMATICALLY", None)


async def test_an_upgrade_halfway_is_prorated_on_the_next_invoice_or_now(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    small, large = await shop.price(1000), await shop.price(2000)
    later, now = await shop.subscribe(small), await shop.subscribe(small)
    await shop.until("2024-06-16T00:00:00Z")
    path = f"/v1/subscriptions/{later['id']}"
    changed = await shop.send("PUT", path, {"price": large})
    assert (changed["price"], changed["latest_invoice"]) == (large, later["latest_invoice"])
    assert await shop.send("PUT", path, {"price": large}) == changed
    await shop.send("PUT", f"/v1/subscriptions/{now['id']}", {"price": large, "proration_behavior": "ALWAYS_INVOICE"})
    invoice = (await shop.invoices(now["id"]))[-1]
    assert [line["amount"] for line in invoice["lines"]["data"]] == [-500, 1000]
    assert (invoice["status"], invoice["total"], invoice["billing_reason"]) == ("PAID", 500, "SUBSCRIPTION_UPDATE")
    await shop.until("2024-07-02T00:00:00Z")
    invoice = (await shop.invoices(later["id"]))[-1]
    assert [line["amount"] for line in invoice["lines"]["data"]] == [-500, 1000, 2000]
    assert [line["proration"] for line in invoice["lines"]["data"]] == [True, True, False]
    assert invoice["amount_paid"] == 2500
    assert [line["amount"] for line in (await shop.invoices(now["id"]))[-1]["lines"]["data"]] == [2000]


async def test_a_downgrade_becomes_credit_and_is_used_up(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    small, large = await shop.price(1000), await shop.price(5000)
    subscription = await shop.subscribe(large)
    await shop.until("2024-06-16T00:00:00Z")
    body = {"price": small, "proration_behavior": "always_invoice"}
    await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", body)
    assert (await shop.get(f"/v1/customers/{shop.customer}"))["balance"] == -2000
    await shop.until("2024-09-02T00:00:00Z")
    invoices = await shop.invoices(subscription["id"])
    figures = [
        (each["total"], each["starting_balance"], each["ending_balance"], each["amount_paid"]) for each in invoices
    ]
    assert figures == [
        (5000, 0, 0, 5000),
        (-2000, 0, -2000, 0),
        (1000, -2000, -1000, 0),
        (1000, -1000, 0, 0),
        (1000, 0, 0, 1000),
    ]
    assert (await shop.get(f"/v1/customers/{shop.customer}"))["balance"] == 0


async def test_another_interval_starts_a_new_cycle_now(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    await shop.until("2024-06-16T00:00:00Z")
    yearly = await shop.price(10000, "YEAR")
    changed = await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", {"price": yearly})
    assert iso(changed["billing_cycle_anchor"]) == "2024-06-16T00:00:00Z"
    assert iso(changed["current_period_end"]) == "2025-06-16T00:00:00Z"
    invoice = (await shop.invoices(subscription["id"]))[-1]
    assert [line["amount"] for line in invoice["lines"]["data"]] == [-500, 10000]


async def test_cancelling_now_at_the_end_and_at_a_date(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    price = await shop.price(1000)
    now, end, date = await shop.subscribe(price), await shop.subscribe(price), await shop.subscribe(price)
    assert (await shop.send("DELETE", f"/v1/subscriptions/{now['id']}"))["status"] == "CANCELED"
    assert (await shop.send("DELETE", f"/v1/subscriptions/{now['id']}", status=400))["error"][
        "code"
    ] == "subscription_unexpected_state"
    at_the_end, on_a_day = {"cancel_at_period_end": True}, {"cancel_at": seconds("2024-07-10T00:00:00Z")}
    shown = (end["current_period_end"], True), (on_a_day["cancel_at"], False), (None, False)
    by_change = zip((at_the_end, on_a_day, {"cancel_at": ""}), shown, strict=True)
    wanted = {str(change): told for change, told in by_change}
    # There is one end: who names another takes the former one back.
    for ends, changes in ((date, (at_the_end, on_a_day)), (end, (on_a_day, at_the_end, {"cancel_at": ""}, at_the_end))):
        for change in changes:
            told = await shop.send("PUT", f"/v1/subscriptions/{ends['id']}", change)
            assert (told["cancel_at"], told["cancel_at_period_end"]) == wanted[str(change)]
            assert (told["canceled_at"] is None) == (told["cancel_at"] is None)
    await shop.until("2024-09-01T00:00:00Z")
    ended = [await shop.subscription(each["id"]) for each in (now, end, date)]
    assert [iso(each["ended_at"]) for each in ended] == [
        "2024-06-01T00:00:00Z",
        "2024-07-01T00:00:00Z",
        "2024-07-10T00:00:00Z",
    ]
    assert [each["end_reason"] for each in ended] == ["asked", "period_end", "cancel_at"]
    assert [len(await shop.invoices(each["id"])) for each in ended] == [1, 1, 2]


async def test_a_paused_subscription_is_not_billed(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    path = f"/v1/subscriptions/{subscription['id']}"
    assert (await shop.post(f"{path}/pause"))["status"] == "PAUSED"
    await shop.until("2024-09-15T00:00:00Z")
    assert len(await shop.invoices(subscription["id"])) == 1
    resumed = await shop.post(f"{path}/resume", {})
    assert (resumed["status"], iso(resumed["current_period_start"])) == ("ACTIVE", "2024-09-15T00:00:00Z")
    await shop.until("2024-10-16T00:00:00Z")
    starts = [iso(each["period_start"]) for each in await shop.invoices(subscription["id"])]
    assert starts == ["2024-06-01T00:00:00Z", "2024-09-15T00:00:00Z", "2024-10-15T00:00:00Z"]
    assert (await shop.post(f"{path}/resume", {}, 400))["error"]["code"] == "subscription_unexpected_state"


@pytest.mark.parametrize(
    ("behavior", "status"), [("KEEP_AS_DRAFT", "DRAFT"), ("VOID", "VOID"), ("MARK_UNCOLLECTIBLE", "UNCOLLECTIBLE")]
)
async def test_paused_collection_makes_invoices_that_nobody_pays(api: RunningApi, behavior: str, status: str) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    pause = {"behavior": behavior, "resumes_at": seconds("2024-08-15T00:00:00Z")}
    await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", {"pause_collection": pause})
    await shop.until("2024-09-02T00:00:00Z")
    assert [each["status"] for each in await shop.invoices(subscription["id"])] == ["PAID", status, status, "PAID"]


async def test_an_anchor_in_the_future_makes_a_shorter_first_period(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-16T00:00:00Z")
    anchor = seconds("2024-07-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000), billing_cycle_anchor=anchor)
    await shop.until("2024-08-02T00:00:00Z")
    invoices = await shop.invoices(subscription["id"])
    assert [each["total"] for each in invoices] == [500, 1000, 1000]
    assert [iso(each["period_start"]) for each in invoices] == [
        "2024-06-16T00:00:00Z",
        "2024-07-01T00:00:00Z",
        "2024-08-01T00:00:00Z",
    ]


async def test_a_backdated_start_is_billed_for_what_has_passed(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-16T00:00:00Z")
    start = seconds("2024-04-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000), backdate_start_date=start)
    (invoice,) = await shop.invoices(subscription["id"])
    assert [line["amount"] for line in invoice["lines"]["data"]] == [1000, 1000, 1000]
    assert (iso(subscription["start_date"]), iso(subscription["current_period_end"])) == (
        "2024-04-01T00:00:00Z",
        "2024-07-01T00:00:00Z",
    )


async def test_several_items_and_quantities_stand_on_one_invoice(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    seats, base = await shop.price(300), await shop.price(1000, lookup_key="base")
    items = [{"price": "base"}, {"price": seats, "quantity": 4}]
    subscription = await shop.post(
        "/v1/subscriptions", {"customer": shop.customer, "items": items, "payment_behavior": "allow_incomplete"}
    )
    (invoice,) = await shop.invoices(subscription["id"])
    assert [line["amount"] for line in invoice["lines"]["data"]] == [1000, 1200]
    await shop.until("2024-06-16T00:00:00Z")
    seat = subscription["items"]["data"][1]["id"]
    body = {"items": [{"id": seat, "quantity": 8}], "proration_behavior": "ALWAYS_INVOICE"}
    changed = await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", body)
    assert [item["quantity"] for item in changed["items"]["data"]] == [1, 8]
    assert [line["amount"] for line in (await shop.invoices(subscription["id"]))[-1]["lines"]["data"]] == [-600, 1200]
    other = {"price": await shop.price(5, currency="eur")}
    refused = await shop.send("PUT", f"/v1/subscriptions/{subscription['id']}", {"items": [other]}, 400)
    assert refused["error"]["code"] == "currency_mismatch"
    assert base


async def test_an_invoice_that_is_sent_can_become_overdue(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000), collection_method="SEND_INVOICE", days_until_due=10)
    assert subscription["status"] == "ACTIVE"
    await shop.until("2024-06-12T00:00:00Z")
    assert (await shop.subscription(subscription["id"]))["status"] == "PAST_DUE"
    (invoice,) = await shop.invoices(subscription["id"])
    assert (invoice["status"], iso(invoice["due_date"])) == ("OPEN", "2024-06-11T00:00:00Z")
    assert (await shop.post(f"/v1/invoices/{invoice['id']}/pay", {"paid_out_of_band": True}))["status"] == "PAID"
    assert (await shop.subscription(subscription["id"]))["status"] == "ACTIVE"
