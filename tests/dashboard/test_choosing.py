"""Fields and filters that choose one of many: by name, and among several that fit."""

import re

from projections.customer_list.duplicates import MEMBERS_MAX
from tests.support.app import RunningApi
from tests.support.browser import Browser, signed_in_beside

AT = "/dashboard/test"


async def two_alike(api: RunningApi) -> tuple[str, str]:
    """Two customers of one name."""
    first = await api.create_customer(name="Ada <b>Byron", email="ada@first.example")
    second = await api.create_customer(name="Ada <b>Byron", email="ada@second.example")
    return first["id"], second["id"]


def choices(here: Browser, name: str) -> list[str]:
    """What the page offers to choose from."""
    return re.findall(rf'type="radio" name="{name}_choice" value="([^"]+)"', here.page)


async def test_several_that_fit_are_offered_and_one_of_them_is_taken(api: RunningApi) -> None:
    first, second = await two_alike(api)
    here = await signed_in_beside(api)
    new = f"{AT}/payments/new"
    payment = {"amount": "25.00", "currency": "usd", "customer": "ada <b>byron"}
    await here.open(new)
    await here.send(new, **payment)
    assert (here.status, "Several customers fit this. Which one?" in here.page) == (400, True)
    assert sorted(choices(here, "customer")) == sorted([first, second])
    assert "<b>Byron" not in here.page
    # Something else was typed meanwhile: the choice was not about that.
    await here.send(new, **{**payment, "customer": "nobody"}, customer_choice=second)
    assert "No customer is called this." in here.page
    await here.send(new, **payment)
    await here.send(new, **{**payment, "amount": "1e3"}, customer_choice=second)
    assert (here.status, f'value="{second}"' in here.page) == (400, True)
    await here.send(new, **{**payment, "customer": second})
    assert "Payment created." in here.page
    assert f"/customers/{second}" in here.page
    await here.open(f"{AT}/invoices/new")
    await here.send(f"{AT}/invoices/new", customer="byron")
    await here.send(f"{AT}/invoices/new", customer="byron", customer_choice=first)
    assert here.at == f"{AT}/customers/{first}/invoice"


async def test_one_that_was_chosen_is_still_there_when_another_field_is_refused(api: RunningApi) -> None:
    customer = (await api.create_customer())["id"]
    workshop = {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Workshop"}}
    once = [(await api.client.post("/v1/prices", json=workshop)).json()["id"] for _ in range(2)]
    renewed = {**workshop, "product_data": {"name": "Retainer"}, "recurring": {"interval": "MONTH"}}
    plans = [(await api.client.post("/v1/prices", json=renewed)).json()["id"] for _ in range(21)]
    here = await signed_in_beside(api)
    compose = f"{AT}/customers/{customer}/invoice"
    await here.open(compose)
    assert [f'<option value="{each}">' in here.page for each in (*once, *plans)] == [True] * 2 + [False] * 21
    item = {"description": "", "amount": "", "currency": "usd", "quantity": "1", "price": "workshop", "act": "add"}
    await here.send(compose, **item)
    assert sorted(choices(here, "price")) == sorted(once)
    await here.send(compose, **{**item, "quantity": "1e3"}, price_choice=once[1])
    assert (here.status, "Enter a whole number in digits" in here.page) == (400, True)
    # It shows as what it is called, and is meant until something else is typed.
    assert 'name="price" type="text" value="Workshop, $15.00"' in here.page
    assert f'name="price_choice" value="{once[1]}"' in here.page
    await here.send(compose, **{**item, "price": "Workshop, $15.00"})
    assert "Item added." in here.page


async def test_a_price_is_found_however_many_products_are_called_like_its_own(api: RunningApi) -> None:
    customer = (await api.create_customer())["id"]
    price = {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Workshop"}, "nickname": "Workshop"}
    once = (await api.client.post("/v1/prices", json=price)).json()["id"]
    for _ in range(21):
        await api.client.post("/v1/prices", json={**price, "recurring": {"interval": "MONTH"}})
    here = await signed_in_beside(api)
    compose = f"{AT}/customers/{customer}/invoice"
    item = {"description": "", "amount": "", "currency": "usd", "quantity": "1", "act": "add"}
    for typed in ("workshop", "shop"):
        await here.open(compose)
        await here.send(compose, **item, price=typed)
        assert "Item added." in here.page, typed
    await api.client.put(f"/v1/prices/{once}", json={"active": False})
    await here.open(compose)
    await here.send(compose, **item, price="workshop")
    assert "No price is called this." in here.page


async def test_lists_are_filtered_by_what_things_are_called(api: RunningApi) -> None:
    first, second = await two_alike(api)
    for customer in (first, second):
        await api.client.post("/v1/payments", json={"amount": 4200, "currency": "usd", "customer": customer})
    product = {"id": "gold.plan", "name": "Gold"}
    await api.client.post("/v1/products", json=product)
    price = {"product": "gold.plan", "currency": "usd", "unit_amount": 900, "recurring": {"interval": "MONTH"}}
    made = (await api.client.post("/v1/prices", json=price)).json()["id"]
    await api.client.post("/v1/subscriptions", json={"customer": first, "price": made})
    here = await signed_in_beside(api)

    await here.open(f"{AT}/payments?customer=ada@first.example")
    assert (here.page.count('class="row-link"'), "ada@first.example" in here.page) == (1, True)
    await here.open(f"{AT}/payments?customer=byron&status=SUCCEEDED")
    assert (here.status, here.page.count('class="row-link"'), "Which customer?" in here.page) == (200, 0, True)
    assert f"customer={second}&amp;status=SUCCEEDED" in here.page
    await here.open(f"{AT}/payments?customer=nobody")
    assert (here.status, "No customer is called this." in here.page) == (200, True)
    await here.open(f"{AT}/payments?customer={second}")
    assert here.page.count('class="row-link"') == 1
    assert "Ada &lt;b&gt;Byron, ada@second.example" in here.page
    for called in ("Gold", "gold.plan"):
        await here.open(f"{AT}/prices?product={called}")
        assert f"{AT}/prices/{made}" in here.page
    await here.open(f"{AT}/subscriptions?price=gold")
    assert "Gold, $9.00 a month" in here.page
    await here.open(f"{AT}/products")
    assert '<option value="false">Archived</option>' in here.page


async def test_duplicates_are_shown_with_what_tells_them_apart(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    await here.open(f"{AT}/customers/duplicates")
    assert "No duplicates" in here.page
    ids = [(await api.create_customer(name=f"Ada <i>{n}", email="Same@example.com"))["id"] for n in range(10)]
    await api.client.post("/v1/payments", json={"amount": 4200, "currency": "usd", "customer": ids[0]})
    for number in range(11):
        for _ in range(2):
            await api.create_customer(name="Grace", email=f"grace{number}@example.com")
    await here.open(f"{AT}/customers/duplicates")
    assert (here.page.count("Same email"), "Older" in here.page, "Newer" in here.page) == (10, True, False)
    [older] = set(re.findall(r"after=(dup_\w+)", here.page))
    await here.open(f"{AT}/customers/duplicates?after={older}")
    assert "Same email: same@example.com" in here.page
    assert (f"/customers/{ids[0]}" in here.page, "$42.00" in here.page, "<i>" in here.page) == (True, True, False)
    assert "And 2 more" in here.page
    [newer] = set(re.findall(r"before=(dup_\w+)", here.page))
    await here.open(f"{AT}/customers/duplicates?before={newer}")
    assert (here.page.count("Same email"), "Older" in here.page, "Newer" in here.page) == (10, True, False)
    await here.open(f"{AT}/customers/duplicates?after=dup_none")
    assert here.status == 400


async def test_how_many_more_share_an_address_is_not_said_of_more_than_are_listed(api: RunningApi) -> None:
    for number in range(MEMBERS_MAX + 1):
        await api.create_customer(name=f"Ada {number}", email="same@example.com")
    here = await signed_in_beside(api)
    await here.open(f"{AT}/customers/duplicates")
    assert (here.page.count('class="row-link"'), "And more:" in here.page) == (8, True)
