"""Products, prices, subscriptions, invoices, schedules and test clocks in the dashboard."""

import re

from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.browser import signed_in_beside

AT = "/dashboard/test"


def ids(page: str, prefix: str) -> list[str]:
    """The ids of this prefix that a page names, once each."""
    return list(dict.fromkeys(re.findall(rf"{prefix}_\w+", page)))


async def test_from_a_product_to_a_cancelled_subscription(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00+00:00")
    await shop.card()
    here = await signed_in_beside(api)

    await here.open(f"{AT}/products/new")
    await here.send(f"{AT}/products/new", name="Pea <b>Pro</b>")
    assert "Product created." in here.page
    assert "<b>Pro</b>" not in here.page
    product = here.at.rpartition("/")[2]

    await here.open(f"{AT}/prices/new?product={product}")
    price = {"product": product, "currency": "usd", "interval": "MONTH", "interval_count": "1"}
    await here.send(f"{AT}/prices/new", **price, unit_amount="20.00", tiers_mode="GRADUATED", id="price_pro")
    assert "$20.00 a month" in here.page
    await here.open(f"{AT}/prices/new")
    tiers = {**price, "tiers_mode": "VOLUME", "unit_amount": ""}
    await here.send(f"{AT}/prices/new", **tiers, tiers="10 5.00\ninf x")
    assert here.status == 400
    assert "inf x" in here.page
    await here.send(f"{AT}/prices/new", **tiers, tiers="1e1 5.00\ninf 3.00")
    assert "Enter a whole number in digits" in here.page
    await here.send(f"{AT}/prices/new", **tiers, tiers="10 5.00\ninf 3.00 10.00")
    assert "11 and more" in here.page
    assert "$10.00" in here.page

    await here.open(f"{AT}/subscriptions/new?customer={shop.customer}")
    assert f'value="{shop.customer}"' in here.page
    wanted = {"price": "price_pro", "quantity": "2"}
    await here.send(f"{AT}/subscriptions/new", **wanted, customer="nobody at all")
    assert here.status == 400
    assert "No customer is called this." in here.page
    wanted["customer"] = "ADA@example.com"
    await here.send(f"{AT}/subscriptions/new", **wanted, payment_behavior="ALLOW_INCOMPLETE")
    assert "Subscription created." in here.page
    subscription = here.at
    await here.open(f"{AT}/subscriptions?status=ACTIVE")
    assert subscription in here.page

    await here.open(f"{subscription}/change")
    change = {"price": "price_pro", "quantity": "3", "proration_behavior": "CREATE_PRORATIONS"}
    await here.send(f"{subscription}/change", **change, look="1")
    assert 'value="3"' in here.page
    assert "Proration" in here.page
    await here.send(f"{subscription}/change", **{**change, "quantity": "1e3"}, look="1")
    assert "Enter a whole number in digits" in here.page
    await here.send(f"{subscription}/change", **{**change, "quantity": "1e3"})
    assert (here.status, 'value="1e3"' in here.page) == (400, True)
    await here.send(f"{subscription}/change", **{**change, "price": "nothing like it"}, look="1")
    assert "No price is called this." in here.page
    await here.send(f"{subscription}/change", **{**change, "price": "nothing like it"})
    assert here.status == 400
    await here.open(f"{subscription}/change")
    await here.send(f"{subscription}/change", **change)
    assert "Subscription changed." in here.page
    assert "3 × Pea &lt;b&gt;Pro&lt;/b&gt;, $20.00 a month" in here.page
    await here.open(f"{AT}/subscriptions")
    assert "3 × Pea &lt;b&gt;Pro&lt;/b&gt;, $20.00 a month" in here.page

    await here.open(f"{subscription}/cancel")
    await here.send(f"{subscription}/cancel", when="end")
    assert "Ends with the current period" in here.page
    await here.open(f"{subscription}/keep")
    await here.send(f"{subscription}/keep")
    assert "The subscription goes on." in here.page
    await here.open(f"{subscription}/cancel")
    await here.send(f"{subscription}/cancel", when="now")
    assert "Subscription canceled." in here.page
    assert f"{subscription}/cancel" not in here.page


async def test_an_invoice_is_collected_printed_and_voided(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00+00:00")
    here = await signed_in_beside(api)
    price = await shop.price(2000)
    for _ in range(2):
        await shop.subscribe(price, payment_behavior="DEFAULT_INCOMPLETE")
    await here.open(f"{AT}/invoices?status=OPEN")
    first, second = [f"{AT}/invoices/{id}" for id in ids(here.page, "in")]

    await here.open(f"{first}/print")
    assert here.status == 200
    assert "$20.00" in here.page
    await here.open(f"{first}/pay")
    await here.send(f"{first}/pay", paid_out_of_band="1")
    assert "Invoice paid." in here.page
    assert "In another way" in here.page
    await here.open(f"{second}/write-off")
    await here.send(f"{second}/write-off")
    assert "uncollectible" in here.page
    await here.open(f"{second}/void")
    await here.send(f"{second}/void")
    assert "Invoice voided." in here.page
    await here.send(f"{second}/void")
    assert here.status == 200


async def test_a_schedule_is_made_and_cancelled(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00+00:00")
    here = await signed_in_beside(api)
    plan = {"customer": shop.customer, "currency": "usd", "count": "3", "interval": "MONTH"}
    await here.open(f"{AT}/payment_schedules/new")
    await here.send(f"{AT}/payment_schedules/new", **plan, total_amount="100.00", start_date="2024-01-31T00:00")
    assert "Payment schedule created." in here.page
    assert [amount in here.page for amount in ("$33.34", "$33.33")] == [True, True]
    schedule = here.at
    await here.open(f"{schedule}/cancel")
    assert "3 planned payments are not taken" in here.page
    await here.send(f"{schedule}/cancel")
    assert "Payment schedule canceled." in here.page
    await here.open(f"{AT}/payment_schedules?status=CANCELED")
    assert schedule in here.page


async def test_a_clock_is_made_advanced_and_deleted(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00+00:00")
    await shop.card()
    await shop.subscribe(await shop.price(2000), payment_behavior="ALLOW_INCOMPLETE")
    here = await signed_in_beside(api)
    clock = f"{AT}/test_clocks/{shop.clock}"
    await here.open(f"{clock}/advance")
    await here.send(f"{clock}/advance", frozen_time="2024-02-02T00:00")
    assert "The clock is moving." in here.page
    await shop.api.ready(shop.clock)
    await here.open(clock)
    assert "Renewal" in here.page
    assert "$20.00 a month" in here.page
    assert "data-watch" not in here.page
    for kind, count in (("subscriptions", 1), ("invoices", 2)):
        on_it = await api.client.get(f"/v1/{kind}", params={"test_clock": shop.clock})
        elsewhere = await api.client.get(f"/v1/{kind}", params={"test_clock": "clock_000000000000000000000"})
        assert (len(on_it.json()["data"]), elsewhere.json()["data"]) == (count, [])

    await here.open(f"{AT}/test_clocks/new")
    await here.send(f"{AT}/test_clocks/new", name="Spare", frozen_time="2024-01-01T00:00")
    assert "Test clock created." in here.page
    spare = here.at
    new = f"{AT}/customers/new"
    await here.open(f"{new}?test_clock={spare.rpartition('/')[2]}")
    assert "the test clock Spare, which stands at 1 Jan 2024, 00:00" in here.page
    await here.send(new, name="", email="ada@example.com")
    await here.send(new, name="Ada", email="ada@example.com")
    assert ("Customer created." in here.page, f'href="{spare}"' in here.page) == (True, True)
    await here.open(f"{spare}/delete")
    await here.send(f"{spare}/delete")
    assert "Test clock deleted." in here.page


async def test_one_of_very_many_prices_is_found_by_what_it_is_called(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    recurring = {"currency": "usd", "unit_amount": 700, "recurring": {"interval": "MONTH"}}
    first = {"product_data": {"name": 'The "oldest" <i>plan</i>'}, "nickname": "Antique", "lookup_key": "first_of_all"}
    oldest = (await api.client.post("/v1/prices", json={**recurring, **first})).json()
    body = {**recurring, "product": oldest["product"]}
    for number in range(105):
        await api.client.post("/v1/prices", json={**body, "nickname": f"Plan {number}"})
    other = await api.client.post("/v1/products", json={"name": "Another"})
    customer = (await api.create_customer(name="Ada", email="only@example.com"))["id"]
    new = f"{AT}/subscriptions/new"
    for called in ("antique", "first_of_all", oldest["id"]):
        await here.open(new)
        await here.send(new, customer="only@example.com", price=called, quantity="1")
        assert "Subscription created." in here.page, called
    await here.open(new)
    await here.send(new, customer=customer, price="plan", quantity="1")
    assert "Several prices fit this. Which one?" in here.page
    assert 'value="plan"' in here.page
    await here.open(f"{AT}/search?of=prices&q=antique")
    assert f'data-id="{oldest["id"]}"' in here.page
    await here.open(f"{AT}/search?q=%22oldest%22")
    assert oldest["product"] in here.page
    assert "<i>plan" not in here.page
    await here.open(f"{AT}/prices/new")
    await here.send(f"{AT}/prices/new", **{"product": "another", "currency": "usd", "unit_amount": "5.00"})
    assert "Price created." in here.page
    assert f"{AT}/products/{other.json()['id']}" in here.page
