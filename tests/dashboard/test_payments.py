"""Payments in the dashboard, as a person walks through them."""

import re

from tests.support.app import RunningApi
from tests.support.browser import Browser, signed_in_beside

HOSTILE = "<img src=x onerror=alert(1)>"


async def paying(api: RunningApi, **more: str) -> str:
    """A payment of 42 dollars of a customer with a hostile name, by the sandbox card unless said otherwise."""
    customer = await api.create_customer(name=HOSTILE)
    body = {"amount": 4200, "currency": "usd", "customer": customer["id"], "description": HOSTILE, **more}
    made = (await api.client.post("/v1/payments", json=body)).json()
    return made["id"] if "id" in made else made["error"]["payment"]["id"]


async def test_a_payment_is_made_found_and_refunded(owner: Browser) -> None:
    await owner.open("/dashboard/test/payments")
    assert "Nothing here yet" in owner.page

    await owner.open("/dashboard/test/payments/new")
    await owner.send("/dashboard/test/payments/new", amount="42.001", currency="usd", description=HOSTILE)
    assert owner.status == 400
    assert "USD has 2 decimals." in owner.page
    assert 'value="42.001"' in owner.page

    await owner.send("/dashboard/test/payments/new", amount="42.00", currency="usd", description=HOSTILE)
    assert owner.status == 200
    assert "Payment created." in owner.page
    assert "$42.00 USD" in owner.page
    assert HOSTILE not in owner.page
    payment = owner.at

    await owner.open("/dashboard/test/payments?status=SUCCEEDED")
    assert payment in owner.page
    assert HOSTILE not in owner.page
    await owner.open("/dashboard/test/payments?status=FAILED")
    assert "Nothing matches" in owner.page

    await owner.open(f"{payment}/refund")
    assert 'value="42.00"' in owner.page
    await owner.send(f"{payment}/refund", amount="50.00")
    assert owner.status == 400
    assert "Only 4200" in owner.page
    await owner.send(f"{payment}/refund", amount="2.00", reason="DUPLICATE")
    assert "Refund created." in owner.page
    assert "$40.00" in owner.page
    await owner.open("/dashboard/test/refunds")
    assert "Duplicate" in owner.page


async def test_what_is_reserved_is_captured_or_cancelled(api: RunningApi) -> None:
    owner = await signed_in_beside(api)
    first, second = [f"/dashboard/test/payments/{await paying(api, capture_method='MANUAL')}" for _ in "12"]
    await owner.open(first)
    assert HOSTILE not in owner.page
    await owner.open(f"{first}/capture")
    await owner.send(f"{first}/capture", amount="30.00")
    assert "Payment captured." in owner.page
    assert "$30.00" in owner.page
    await owner.open(f"{second}/cancel")
    await owner.send(f"{second}/cancel")
    assert "Payment canceled." in owner.page
    await owner.open(f"{second}/cancel")
    await owner.send(f"{second}/cancel")
    assert owner.status == 400
    assert "cannot be canceled" in owner.page


async def test_a_decline_is_told_and_can_be_tried_again(api: RunningApi) -> None:
    owner = await signed_in_beside(api)
    declined = "pm_card_visa_chargeDeclinedInsufficientFunds"
    path = f"/dashboard/test/payments/{await paying(api, payment_method=declined)}"
    await owner.open(path)
    assert "insufficient_funds" in owner.page
    await owner.open(f"{path}/confirm")
    await owner.send(f"{path}/confirm")
    assert "Declined:" in owner.page


async def test_an_auditor_sees_payments_and_does_nothing_to_them(api: RunningApi) -> None:
    auditor = await signed_in_beside(api, email="auditor@example.com", role="AUDITOR")
    path = f"/dashboard/test/payments/{await paying(api)}"
    await auditor.open(path)
    assert auditor.status == 200
    assert "/refund" not in auditor.page
    await auditor.open(f"{path}/refund")
    assert auditor.status == 403
    await auditor.open("/dashboard/test/payments/new")
    assert auditor.status == 403


async def test_methods_are_added_to_a_customer_made_the_default_and_removed(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    customer = (await api.create_customer(name="<i>Ada</i>"))["id"]
    page = f"/dashboard/test/customers/{customer}"
    for new in ("payments", "subscriptions", "payment_schedules"):
        await here.open(page)
        assert f'href="/dashboard/test/{new}/new?customer={customer}"' in here.page
        await here.open(f"/dashboard/test/{new}/new?customer={customer}")
        assert f'<a class="button" href="{page}">Cancel</a>' in here.page
    add = f"{page}/payment_methods/new"
    await here.open(add)
    await here.send(add, test="", type="CARD", token="", default="1")
    assert here.status == 400
    assert "This is needed." in here.page
    await here.send(add, test="", type="CARD", token="4242424242424242", default="1")
    assert here.status == 400
    await here.send(add, test="pm_card_visa", type="CARD", token="", default="1")
    assert "Payment method added." in here.page
    assert here.page.count("Default</span>") == 1
    await here.open(add)
    await here.send(add, test="", type="CARD", token="tok_mastercard")
    assert "Mastercard ending in 4444" in here.page
    await here.open(f"/dashboard/test/payments/new?customer={customer}")
    assert "Visa ending in 4242</option>" in here.page
    await here.open("/dashboard/test/payments/new?customer=cust_nobody")
    assert here.status == 200
    await here.open(page)
    second = re.findall(r"/payment_methods/(pm_\w+)/default", here.page)
    assert len(second) == 1
    await here.open(f"/dashboard/test/payment_methods/{second[0]}/default")
    await here.send(f"/dashboard/test/payment_methods/{second[0]}/default")
    assert "Default method saved." in here.page
    assert (await api.client.get(f"/v1/customers/{customer}")).json()["default_payment_method"] == second[0]
    await here.open(f"/dashboard/test/payment_methods/{second[0]}/remove")
    await here.send(f"/dashboard/test/payment_methods/{second[0]}/remove")
    assert "Payment method removed." in here.page
    assert "ending in 4444" not in here.page
