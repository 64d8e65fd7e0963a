"""The guide's calls, in the guide's order, with the guide's answers."""

from typing import Any

from tests.support.app import RunningApi


async def test_the_guide_works_as_printed(api: RunningApi) -> None:
    created = await api.client.post(
        "/v1/customers",
        json={"name": "John Doe", "email": "john.doe@example.com", "phone": "+1234567890"},
    )
    assert created.status_code == 200
    customer: dict[str, Any] = created.json()
    assert customer["id"].startswith("cust_")
    assert customer["object"] == "customer"
    assert (customer["name"], customer["email"], customer["phone"]) == (
        "John Doe",
        "john.doe@example.com",
        "+1234567890",
    )
    assert customer["created"] == customer["updated"]
    assert customer["metadata"] == {}
    id = customer["id"]

    listed = (await api.client.get("/v1/customers")).json()
    assert listed == {"object": "list", "url": "/v1/customers", "has_more": False, "data": [customer]}
    assert (await api.client.get(f"/v1/customers/{id}")).json() == customer

    updated = (await api.client.put(f"/v1/customers/{id}", json={"name": "John D."})).json()
    assert updated == customer | {"name": "John D.", "updated": updated["updated"]}

    payment = await api.client.post(
        "/v1/payments",
        json={"amount": 2500, "currency": "usd", "customer": id, "description": "Premium subscription"},
    )
    assert payment.status_code == 200
    assert payment.json()["status"] == "SUCCEEDED"
    payments = (await api.client.get("/v1/payments", params={"customer": id})).json()
    assert [each["id"] for each in payments["data"]] == [payment.json()["id"]]

    analytics = (await api.client.get(f"/v1/customers/{id}/analytics")).json()
    assert (analytics["total_payments"], analytics["total_volume"], analytics["average_transaction"]) == (1, 2500, 2500)
    assert analytics["currency"] == "usd"
    assert analytics["last_payment"] >= customer["created"]

    deleted = (await api.client.delete(f"/v1/customers/{id}")).json()
    assert deleted == {"id": id, "object": "customer", "deleted": True}
    gone = await api.client.get(f"/v1/customers/{id}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "resource_missing")
    assert (await api.client.get("/v1/payments", params={"customer": id})).json() == payments
    assert (await api.client.get("/v1/customers")).json()["data"] == []


async def test_the_guide_works_with_forms_alone(api: RunningApi) -> None:
    """As Stripe's libraries send everything: also what has no parameters says that it is a form."""

    async def call(method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await api.client.request(method, path, data=form, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    ada = {"name": "John Doe", "email": "john.doe@example.com", "phone": "+1234567890", "metadata[user_id]": "7"}
    customer = await call("POST", "/v1/customers", ada)
    id = customer["id"]
    assert (customer["phone"], customer["metadata"]) == ("+1234567890", {"user_id": "7"})
    assert (await call("GET", "/v1/customers"))["data"] == [customer]
    updated = await call("PUT", f"/v1/customers/{id}", {"name": "John D.", "phone": "", "metadata[user_id]": ""})
    assert updated == customer | {"name": "John D.", "phone": None, "metadata": {}, "updated": updated["updated"]}
    asked = {"amount": "2500", "currency": "usd", "customer": id, "description": "Premium subscription"}
    payment = await call("POST", "/v1/payments", asked)
    assert (payment["status"], payment["amount"], payment["customer"]) == ("SUCCEEDED", 2500, id)
    assert (await call("GET", "/v1/payments", {"customer": id}))["data"] == [payment]
    price = {"id": "price_monthly_pro", "unit_amount": "1000", "currency": "usd", "product_data[name]": "Pro"}
    await call("POST", "/v1/prices", price | {"recurring[interval]": "month"})
    started = {"customer": id, "price": "price_monthly_pro", "payment_behavior": "default_incomplete"}
    assert (await call("POST", "/v1/subscriptions", started))["status"] == "INCOMPLETE"
    analytics = await call("GET", f"/v1/customers/{id}/analytics")
    assert (analytics["total_payments"], analytics["total_volume"], analytics["average_transaction"]) == (1, 2500, 2500)
    assert await call("DELETE", f"/v1/customers/{id}") == {"id": id, "object": "customer", "deleted": True}


async def test_what_the_guide_says_of_troubles(api: RunningApi) -> None:
    account = await api.open_account()
    customer = await api.create_customer()
    for key, words in ((account.test_key, "No such customer"), (account.live_key, "No such customer")):
        foreign = await api.call("GET", f"/v1/customers/{customer['id']}", key)
        assert foreign.status_code == 404
        assert words in foreign.json()["error"]["message"]
    missing = await api.client.post("/v1/customers", json={"email": "ada@example.com"})
    assert (missing.status_code, missing.json()["error"]["param"]) == (400, "name")
    wrong = await api.client.post("/v1/customers", json={"name": "Ada", "email": "ada"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "email")
    again = await api.client.post(
        "/v1/customers", json={"name": "Ada", "email": "ADA@example.com", "if_email_exists": "return"}
    )
    assert again.json()["id"] == customer["id"]
    refused = await api.client.post(
        "/v1/customers", json={"name": "Ada", "email": "ada@EXAMPLE.com", "if_email_exists": "error"}
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "email_exists")
