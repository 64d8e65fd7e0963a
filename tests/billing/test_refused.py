"""Every transition that a state forbids: 400, a code of its own, and nothing changed."""

from collections.abc import Sequence
from typing import Any

from tests.support.app import RunningApi
from tests.support.billing import Shop, seconds
from tests.support.gateway import SimulatorProcess

FAILING = "pm_card_chargeCustomerFail"
# Method, what follows the object's path, body, code.
Attempt = tuple[str, str, Any, str]


async def refused(shop: Shop, path: str, attempts: Sequence[Attempt]) -> None:
    """Each attempt on the object at `path` is refused, and leaves the log and the object as they were."""
    before, head = await shop.get(path), await shop.api.engine.store.head(0)
    for method, action, body, code in attempts:
        what = f"{method} {path}{action} of {before.get('status')}"
        response = await shop.api.client.request(method, f"{path}{action}", json=body)
        assert response.status_code == 400, f"{what}: {response.text}"
        error = response.json()["error"]
        assert (error["type"], error["code"]) == ("invalid_request_error", code), what
        assert error["message"]
        assert await shop.api.engine.store.head(0) == head, what
    assert await shop.get(path) == before


async def test_subscriptions(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    price, dear, euro = await shop.price(1000), await shop.price(2000), await shop.price(5, currency="eur")
    yearly = await shop.price(9000, "YEAR")
    state = "subscription_unexpected_state"
    items: Attempt = ("PUT", "", {"price": dear}, state)
    pause: Attempt = ("POST", "/pause", None, state)
    resume: Attempt = ("POST", "/resume", None, state)
    end: Attempt = ("DELETE", "", None, state)
    settings: Attempt = ("PUT", "", {"cancel_at_period_end": True}, state)
    trial: Attempt = ("PUT", "", {"trial_end": "now"}, state)

    async def made(**more: Any) -> str:
        return f"/v1/subscriptions/{(await shop.subscribe(price, **more))['id']}"

    incomplete = await made(payment_behavior="default_incomplete")
    expires = await made(payment_behavior="default_incomplete")
    active, trialing, paused, ended, owing = (
        await made(),
        await made(trial_period_days=90),
        await made(),
        *[await made() for _ in range(2)],
    )
    await shop.post(f"{paused}/pause")
    await shop.send("DELETE", ended)
    await refused(shop, incomplete, [items, pause, resume, trial])
    await refused(
        shop,
        active,
        [
            resume,
            trial,
            ("PUT", "", {"price": euro}, "currency_mismatch"),
            ("PUT", "", {"items": [{"price": yearly}]}, "interval_mismatch"),
            ("PUT", "", {"price": "price_none"}, "resource_missing"),
            ("PUT", "", {"items": [{"id": "si_none", "quantity": 2}]}, "parameter_invalid"),
            ("PUT", "", {"cancel_at": seconds("2024-05-01T00:00:00Z")}, "parameter_invalid"),
            ("PUT", "", {"default_payment_method": "pm_none"}, "resource_missing"),
            ("PUT", "", {"payment_behavior": "sometimes"}, "parameter_invalid"),
        ],
    )
    await refused(shop, trialing, [resume, ("PUT", "", {"trial_end": 1}, "parameter_invalid")])
    await refused(shop, paused, [items, trial])
    await refused(shop, ended, [items, pause, resume, end, settings, trial])
    await shop.card(FAILING)
    await shop.send("PUT", "/v1/account", {"dunning": {"offset_days": [1], "end_state": "UNPAID"}})
    await shop.until("2024-07-03T00:00:00Z")
    await refused(shop, expires, [items, pause, resume, end, settings, trial])
    await refused(shop, owing, [pause, resume, trial])


async def test_invoices(api: RunningApi, gateway: SimulatorProcess) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    state = "invoice_unexpected_state"
    finalize, pay, void, write_off = (
        ("POST", f"/{action}", None, state) for action in ("finalize", "pay", "void", "mark_uncollectible")
    )

    async def made(*actions: str) -> str:
        item = await shop.post("/v1/invoice_items", {"customer": shop.customer, "amount": 900, "currency": "usd"})
        path = f"/v1/invoices/{(await shop.post('/v1/invoices', {'customer': shop.customer}))['id']}"
        await refused(shop, f"/v1/invoice_items/{item['id']}", [("DELETE", "", None, "invoice_item_invoiced")])
        for action in actions:
            await shop.post(f"{path}/{action}")
        return path

    await refused(shop, await made(), [pay, void, write_off])
    await refused(shop, await made("finalize"), [finalize])
    await refused(shop, await made("finalize", "pay"), [finalize, pay, void, write_off])
    await refused(shop, await made("finalize", "void"), [finalize, pay, write_off])
    await refused(shop, await made("finalize", "mark_uncollectible"), [finalize])
    paying = await made("finalize")
    await gateway.arm("timeout_after", times=20, delay_seconds=1)
    await shop.post(f"{paying}/pay")
    under_way = "invoice_payment_in_progress"
    again = [("POST", f"/{action}", None, under_way) for action in ("pay", "void", "mark_uncollectible")]
    await refused(shop, paying, [*again, ("POST", "/pay", {"paid_out_of_band": True}, under_way), finalize])
    euro = {"customer": shop.customer, "currency": "eur"}
    for path, more in (("/v1/invoices", {}), ("/v1/invoice_items", {"amount": 5})):
        assert (await shop.post(path, euro | more, 400))["error"]["code"] == "currency_mismatch"


async def test_payments_and_refunds(api: RunningApi, gateway: SimulatorProcess) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    state = "payment_unexpected_state"
    confirm, capture, cancel = (("POST", f"/{action}", None, state) for action in ("confirm", "capture", "cancel"))
    amount: Attempt = ("PUT", "", {"amount": 1}, state)

    async def made(status: int = 200, **more: Any) -> str:
        answer = await shop.post("/v1/payments", {"amount": 900, "currency": "usd", **more}, status)
        return f"/v1/payments/{(answer if status == 200 else answer['error']['payment'])['id']}"

    waits = await made(confirm=False)
    await refused(shop, waits, [capture])
    reserved = await made(capture_method="MANUAL")
    await refused(shop, reserved, [confirm, ("POST", "/capture", {"amount": 901}, "amount_too_large"), amount])
    canceled = await made(confirm=False)
    await shop.post(f"{canceled}/cancel")
    await refused(shop, canceled, [confirm, capture, cancel, amount])
    failed = await made(402, payment_method="pm_card_visa_chargeDeclined")
    await refused(shop, failed, [capture, amount])
    paid = await made()
    await refused(shop, paid, [confirm, capture, cancel, amount])

    async def no_refund(payment: str, code: str, **more: Any) -> None:
        head = await api.engine.store.head(0)
        body = {"payment": payment.rpartition("/")[2], **more}
        assert (await shop.post("/v1/refunds", body, 400))["error"]["code"] == code
        assert await api.engine.store.head(0) == head

    for each in (waits, reserved, canceled, failed):
        await no_refund(each, state)
    await no_refund(paid, "amount_too_large", amount=901)
    await shop.post("/v1/refunds", {"payment": paid.rpartition("/")[2]})
    await no_refund(paid, "charge_already_refunded")
    await gateway.arm("timeout_after", times=20, delay_seconds=1)
    silent = await made()
    await refused(shop, silent, [confirm, capture, cancel, amount])
    await no_refund(silent, state)


async def test_schedules(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    state, method = "payment_schedule_unexpected_state", {"payment_method": "pm_card_visa"}

    async def made(date: str) -> str:
        planned = [{"amount": 900, "date": seconds(date)}]
        body = {"customer": shop.customer, "currency": "usd", "payments": planned}
        return f"/v1/payment_schedules/{(await shop.post('/v1/payment_schedules', body))['id']}"

    done, canceled = await made("2024-06-02T00:00:00Z"), await made("2024-07-02T00:00:00Z")
    await shop.post(f"{canceled}/cancel")
    await shop.until("2024-06-03T00:00:00Z")
    await refused(shop, done, [("POST", "/cancel", None, state), ("PUT", "", method, state)])
    await refused(shop, canceled, [("PUT", "", method, state)])
    zero = {"customer": shop.customer, "currency": "usd", "total_amount": 2, "installments": {"count": 3}}
    head = await api.engine.store.head(0)
    assert (await shop.post("/v1/payment_schedules", zero, 400))["error"]["param"] == "installments[count]"
    assert await api.engine.store.head(0) == head


async def test_prices_products_and_clocks(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    await shop.price(1000, lookup_key="pro")
    other = await shop.price(2000, id="price_other")
    price = await shop.get(f"/v1/prices/{other}")
    await refused(
        shop,
        f"/v1/prices/{other}",
        [
            ("PUT", "", {"lookup_key": "pro"}, "lookup_key_taken"),
            ("PUT", "", {"unit_amount": 1}, "parameter_unknown"),
            ("PUT", "", {"currency": "eur"}, "parameter_unknown"),
            ("PUT", "", {"recurring": {"interval": "YEAR"}}, "parameter_unknown"),
        ],
    )
    await refused(shop, f"/v1/products/{price['product']}", [("DELETE", "", None, "product_in_use")])
    head = await api.engine.store.head(0)
    taken = {"id": other, "currency": "usd", "unit_amount": 1, "product": price["product"]}
    assert (await shop.post("/v1/prices", taken, 400))["error"]["code"] == "resource_already_exists"
    named = {"id": price["product"], "name": "Again"}
    assert (await shop.post("/v1/products", named, 400))["error"]["code"] == "resource_already_exists"
    assert await api.engine.store.head(0) == head
    await shop.send("PUT", f"/v1/prices/{other}", {"active": False})
    head = await api.engine.store.head(0)
    assert (await shop.subscribe(other, 400))["error"]["code"] == "price_inactive"
    assert await api.engine.store.head(0) == head
    clock = f"/v1/test_helpers/test_clocks/{shop.clock}"
    back = {"frozen_time": seconds("2024-05-01T00:00:00Z")}
    await refused(shop, clock, [("POST", "/advance", back, "test_clock_time_invalid")])
    await shop.post(f"{clock}/advance", {"frozen_time": seconds("2024-07-01T00:00:00Z")})
    further = {"frozen_time": seconds("2024-08-01T00:00:00Z")}
    await refused(shop, clock, [("POST", "/advance", further, "test_clock_advancing")])
