"""Home: figures, charts with their tables, and what needs attention."""

from tests.support.app import RunningApi
from tests.support.browser import signed_in_beside


async def test_home_shows_what_came_in_and_what_did_not(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    await here.open("/dashboard/test")
    assert "No payments yet" in here.page
    assert "Nothing. No payment failed" in here.page

    customer = (await api.create_customer(name="<script>alert(1)</script>"))["id"]
    for amount, method in ((4200, "pm_card_visa"), (100, "pm_card_visa_chargeDeclined")):
        body = {"amount": amount, "currency": "usd", "customer": customer, "payment_method": method}
        await api.client.post("/v1/payments", json=body)
    await here.open("/dashboard/test?range=7d")
    assert "1 failed payment this week" in here.page
    assert "<script>alert" not in here.page
    assert here.page.count("<figure") == 6
    assert "Volume: $42.00" in here.page

    await here.open("/dashboard/test?range=12m&currency=jpy")
    assert "¥0" in here.page
    await here.open("/dashboard/test?range=for+ever&currency=%3Cb%3E")
    assert here.status == 200
    assert "Volume: $42.00" in here.page


async def test_home_says_that_customers_on_test_clocks_count(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    await here.open("/dashboard/test")
    assert "at the time of their clocks" not in here.page
    await api.client.post("/v1/test_helpers/test_clocks", json={"frozen_time": 1_700_000_000})
    await here.open("/dashboard/test")
    assert "at the time of their clocks" in here.page
    await here.open("/dashboard/live")
    assert "at the time of their clocks" not in here.page
