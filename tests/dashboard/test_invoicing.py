"""An invoice of one's own: from items that wait to a draft, finalized and paid."""

from tests.support.app import RunningApi
from tests.support.browser import signed_in_beside

AT = "/dashboard/test"
AMOUNTS = {"price": "", "quantity": "1"}


async def test_from_items_to_an_invoice_that_is_paid(api: RunningApi) -> None:
    customer = (await api.create_customer(name="Ada <i>L</i>", email="ada@example.com"))["id"]
    await api.client.post("/v1/payment_methods/pm_card_visa/attach", json={"customer": customer})
    price = {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Workshop"}, "lookup_key": "workshop"}
    await api.client.post("/v1/prices", json=price)
    renewing = {**price, "lookup_key": "plan", "recurring": {"interval": "MONTH"}}
    plan = (await api.client.post("/v1/prices", json=renewing)).json()["id"]
    here = await signed_in_beside(api)

    await here.open(f"{AT}/invoices")
    assert f'href="{AT}/invoices/new"' in here.page
    await here.open(f"{AT}/invoices/new")
    await here.send(f"{AT}/invoices/new", customer="nobody at all")
    assert "No customer is called this." in here.page
    await here.send(f"{AT}/invoices/new", customer="ADA@example.com")
    compose = f"{AT}/customers/{customer}/invoice"
    assert here.at == compose

    typed = {**AMOUNTS, "description": "Set <b>up", "currency": "usd", "memo": "Thank <b>you", "days_until_due": ""}
    await here.send(compose, **typed, amount="1e3", act="add")
    assert (here.status, "Thank &lt;b&gt;you" in here.page, "Set &lt;b&gt;up" in here.page) == (400, True, True)
    assert "Enter an amount in digits" in here.page
    await here.send(compose, **typed, amount="25.00", act="add")
    assert "Item added." in here.page
    assert ("Thank &lt;b&gt;you" in here.page, 'value="Set' in here.page) == (True, False)
    await here.send(compose, **{**typed, "description": "", "price": plan}, amount="", act="add")
    assert "is recurring; it needs a subscription" in here.page
    # Enter, where an item is typed, adds it.
    await here.send(compose, **{**typed, "description": "", "price": "workshop", "quantity": "2"}, amount="")
    assert ("Item added." in here.page, "$30.00" in here.page, "$55.00" in here.page) == (True, True, True)
    wrong = {**typed, "description": "", "amount": "", "collection_method": "SEND_INVOICE"}
    await here.send(compose, **wrong, act="create")
    assert (here.status, 'id="days_until_due-note"' in here.page) == (400, True)
    await here.send(compose, **{**wrong, "days_until_due": "14"}, act="create")
    assert "Draft created." in here.page
    assert "Thank &lt;b&gt;you" in here.page
    invoice = here.at

    await here.open(f"{invoice}/finalize")
    await here.send(f"{invoice}/finalize")
    assert ("Invoice finalized." in here.page, "$55.00" in here.page) == (True, True)
    assert ("Customer&#39;s page" in here.page or "Customer's page" in here.page, "/pdf" in here.page) == (True, True)
    await here.open(f"{invoice}/print")
    assert ("<dt>From</dt>" in here.page, "ada@example.com" in here.page, "Left to pay" in here.page) == (True,) * 3
    await here.open(f"{invoice}/pay")
    await here.send(f"{invoice}/pay", paid_out_of_band="1")
    assert "Invoice paid." in here.page


async def test_an_item_is_added_once_and_taken_away(api: RunningApi) -> None:
    customer = (await api.create_customer())["id"]
    here = await signed_in_beside(api)
    compose = f"{AT}/customers/{customer}/invoice"
    await here.open(compose)
    assert "Nothing yet" in here.page
    await here.send(compose, act="create")
    assert (here.status, "Add an item first" in here.page) == (400, True)
    form = {**AMOUNTS, "description": "Hours", "amount": "2500", "currency": "jpy", "item": "once-and-no-more"}
    for _ in range(2):
        await here.send(compose, **form, act="add")
    waiting = (await api.client.get("/v1/invoice_items", params={"customer": customer})).json()["data"]
    assert [(each["amount"], each["currency"]) for each in waiting] == [(2500, "jpy")]
    await here.send(compose, **{**form, "amount": "-5.00", "currency": "usd", "item": "another"}, act="add")
    assert ('name="invoice_currency"' in here.page, "Total in JPY" in here.page) == (True, True)
    item = waiting[0]["id"]
    await here.send(compose, **{**form, "description": "Half <typed"}, act=f"remove:{item}")
    assert ("Item removed." in here.page, "Half &lt;typed" in here.page) == (True, True)
    await here.send(compose, **form, act=f"remove:{item}")
    assert "This item was gone already." in here.page
    await api.client.delete(f"/v1/customers/{customer}")
    await here.open(compose)
    assert (here.status, "nothing more can be billed" in here.page) == (400, True)


async def test_everything_that_waits_is_shown_and_summed(api: RunningApi) -> None:
    customer = (await api.create_customer())["id"]
    for _ in range(103):
        body = {"customer": customer, "amount": 100, "currency": "usd", "description": "Hour"}
        assert (await api.client.post("/v1/invoice_items", json=body)).is_success
    here = await signed_in_beside(api)
    await here.open(f"{AT}/customers/{customer}/invoice")
    assert "$103.00" in here.page
    await here.send(f"{AT}/customers/{customer}/invoice", **AMOUNTS, invoice_currency="usd", act="create")
    assert "$103.00" in here.page
