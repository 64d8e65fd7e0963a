"""Sentences of the contract that are about single values: what is refused, in which words, and what is let through."""

from typing import Any

import pytest

from tests.support.app import RunningApi

PAYMENT = {"amount": 2500, "currency": "usd"}


async def test_an_unknown_path_of_expand_is_refused_before_anything_is_written(api: RunningApi) -> None:
    customer = await api.create_customer()
    url = f"/v1/customers/{customer['id']}"
    for method, path, body in (
        ("POST", "/v1/payments", PAYMENT | {"customer": customer["id"], "expand": ["invoice.nothing"]}),
        ("POST", "/v1/payments", PAYMENT | {"customer": customer["id"], "expand": ["customer.nothing"]}),
        ("PUT", url, {"name": "Other", "expand": ["name"]}),
        ("DELETE", url, {"expand": ["customer"]}),
    ):
        refused = await api.client.request(method, path, json=body)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "expand"), refused.text
    assert (await api.client.get("/v1/payments")).json()["data"] == []
    assert (await api.client.get(url)).json() == customer
    deep = PAYMENT | {"customer": customer["id"], "expand": ["customer.default_payment_method", "payment_method"]}
    assert (await api.client.post("/v1/payments", json=deep)).json()["customer"]["id"] == customer["id"]


async def test_a_payment_in_live_that_nobody_can_charge_waits_for_its_method(api: RunningApi) -> None:
    account = await api.open_account()
    waiting = await api.call("POST", "/v1/payments", account.live_key, json=PAYMENT)
    assert (waiting.status_code, waiting.json()["status"]) == (200, "REQUIRES_PAYMENT_METHOD")
    assert waiting.json()["gateway"] is None
    url = f"/v1/payments/{waiting.json()['id']}"
    refused = await api.call("POST", f"{url}/confirm", account.live_key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "payment_method_missing")
    canceled = await api.call("POST", f"{url}/cancel", account.live_key)
    assert canceled.json()["status"] == "CANCELED"


@pytest.mark.parametrize("name", ["pm_card_visa", "saved"])
async def test_a_customer_is_made_with_its_default_method(api: RunningApi, name: str) -> None:
    card = {"type": "CARD", "card": {"token": "pm_card_mastercard"}}
    saved = (await api.client.post("/v1/payment_methods", json=card)).json()["id"]
    customer = await api.create_customer(default_payment_method=saved if name == "saved" else name)
    [method] = (await api.client.get(f"/v1/customers/{customer['id']}/payment_methods")).json()["data"]
    assert customer["default_payment_method"] == method["id"]
    payment = await api.client.post("/v1/payments", json=PAYMENT | {"customer": customer["id"]})
    assert (payment.json()["status"], payment.json()["payment_method"]) == ("SUCCEEDED", method["id"])
    other = {"name": "Bob", "email": "bob@example.com", "default_payment_method": method["id"]}
    for taken in (other, other | {"default_payment_method": "pm_none"}):
        refused = await api.client.post("/v1/customers", json=taken)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "default_payment_method")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/v1/customers", ("phone", "description", "address", "metadata", "timezone", "if_email_exists", "test_clock")),
        ("/v1/customers", ("default_payment_method",)),
        ("/v1/payments", ("customer", "payment_method", "description", "capture_method", "confirm", "metadata")),
        ("/v1/payments", ("statement_descriptor",)),
    ],
)
async def test_null_and_empty_are_as_if_an_optional_field_was_left_out(
    api: RunningApi, path: str, fields: tuple[str, ...]
) -> None:
    needed: dict[str, Any] = {"name": "Ada", "email": "a@example.com"} if path == "/v1/customers" else PAYMENT
    plain = (await api.client.post(path, json=needed)).json()
    own = {"id", "created", "updated", "gateway_reference", "attempts"}
    for empty in (None, ""):
        json = await api.client.post(path, json=needed | dict.fromkeys(fields, empty))
        assert {k: v for k, v in json.json().items() if k not in own} == {
            k: v for k, v in plain.items() if k not in own
        }
    form = await api.client.post(path, data=needed | dict.fromkeys(fields, ""))
    assert {k: v for k, v in form.json().items() if k not in own} == {k: v for k, v in plain.items() if k not in own}


async def test_an_empty_filter_filters_nothing(api: RunningApi) -> None:
    await api.client.post("/v1/payments", json=PAYMENT)
    for path in ("/v1/payments?status=&limit=", "/v1/payments?created=", "/v1/analytics?from=&interval="):
        assert (await api.client.get(path)).status_code == 200, path


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/v1/payments", {"amount": 0}, "'amount' must be an integer, at least 1."),
        ("/v1/payments", {"amount": 100_000_000}, "'amount' must be an integer, at most 99999999."),
        ("/v1/payments", {"amount": "2500"}, "'amount' must be an integer."),
        ("/v1/payments", {"amount": None}, "'amount' must be an integer, not null."),
        ("/v1/payments", {"capture_method": "LATER"}, "'capture_method' must be one of AUTOMATIC, MANUAL."),
        ("/v1/payments", {"confirm": "no"}, "'confirm' must be true or false."),
        ("/v1/payments", {"currency": "xau"}, "'xau' is not an ISO 4217 currency code such as 'usd'."),
        ("/v1/customers", {"name": "x" * 257}, "'name' must have at most 256 characters."),
        ("/v1/customers", {"phone": 5}, "'phone' must be text."),
        ("/v1/customers", {"address": {"city": []}}, "'address[city]' must be text."),
        ("/v1/customers", {"if_email_exists": "x"}, "'if_email_exists' must be one of error, return."),
        ("/v1/customers", {"timezone": "localtime"}, "'localtime' is not an IANA time zone such as 'Europe/Berlin'"),
    ],
)
async def test_what_is_wrong_is_said_in_words(api: RunningApi, path: str, body: dict[str, Any], message: str) -> None:
    needed: dict[str, Any] = {"name": "Ada", "email": "a@example.com"} if path == "/v1/customers" else PAYMENT
    refused = await api.client.post(path, json=needed | body)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith(message), refused.text


@pytest.mark.parametrize("amount", ["1e3", "1.0", "2500.", "1E+2", "+5", " 5", "0x10", "five", "٣"])
async def test_amounts_in_forms_are_whole_numbers(api: RunningApi, amount: str) -> None:
    refused = await api.client.post("/v1/payments", data=PAYMENT | {"amount": amount})
    error = refused.json()["error"]
    assert (refused.status_code, error["param"], error["message"]) == (400, "amount", "'amount' must be an integer.")
    listed = await api.client.get("/v1/payments", params={"limit": amount})
    assert (listed.status_code, listed.json()["error"]["param"]) == (400, "limit")


async def test_whoever_is_missing_is_named_and_the_other_environment_too(api: RunningApi) -> None:
    account = await api.open_account()
    ada = {"name": "Ada", "email": "ada@example.com"}
    id = (await api.call("POST", "/v1/customers", account.test_key, json=ada)).json()["id"]
    elsewhere = f"No such customer: '{id}'; it exists in test, but this key is for live."
    for method, path, body, status, param in (
        ("GET", f"/v1/customers/{id}", None, 404, "id"),
        ("PUT", f"/v1/customers/{id}", {"name": "Bob"}, 404, "id"),
        ("DELETE", f"/v1/customers/{id}", None, 404, "id"),
        ("POST", "/v1/payments", PAYMENT | {"customer": id}, 400, "customer"),
    ):
        refused = await api.call(method, path, account.live_key, json=body)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"], error["param"]) == (status, "resource_missing", param)
        assert error["message"] == elsewhere
    for path in ("/v1/payments/pay_none", "/v1/payments/pay_none/capture", "/v1/payments/pay_none/cancel"):
        missing = (await api.call("POST", path, account.test_key)).json()["error"]
        assert (missing["message"], missing["param"]) == ("No such payment: 'pay_none'.", "id")


async def test_a_path_that_no_object_can_have_is_malformed(api: RunningApi) -> None:
    for escaped in ("%00", "%ff", "cust_%zz", "%ed%a0%80"):
        for method, rest in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/history")):
            refused = await api.client.request(method, f"/v1/customers/{escaped}{rest}")
            assert (refused.status_code, refused.json()["error"]["code"]) == (400, "request_malformed"), escaped


async def test_metadata_names_the_key_that_is_wrong_and_keeps_numbers_as_names(api: RunningApi) -> None:
    ada = {"name": "Ada", "email": "ada@example.com"}
    for nested in ([1], {"b": 1}):
        refused = await api.client.post("/v1/customers", json=ada | {"metadata": {"x": 1, "a": nested}})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "metadata[a]")
    form = await api.client.post("/v1/customers", data=ada | {"metadata[0]": "first", "metadata[2024]": "yes"})
    assert form.json()["metadata"] == {"0": "first", "2024": "yes"}


async def test_net_volume_is_explained_to_the_last_unit_in_the_customers_own_currency(api: RunningApi) -> None:
    customer = await api.create_customer()
    payment = (await api.client.post("/v1/payments", json=PAYMENT | {"customer": customer["id"]})).json()
    await api.client.post("/v1/refunds", json={"payment": payment["id"], "amount": 500})
    url = f"/v1/customers/{customer['id']}/analytics"
    figures = (await api.client.get(url)).json()
    for metric in ("total_payments", "total_volume", "total_refunded", "net_volume"):
        explained = (await api.client.get(f"{url}/explain", params={"metric": metric})).json()
        assert explained["value"] == figures[metric] == sum(each["amount"] for each in explained["data"])
        assert explained["currency"] == "usd"
    pages = [(await api.client.get(f"{url}/explain", params={"metric": "net_volume", "limit": 1})).json()]
    after = {"metric": "net_volume", "starting_after": pages[0]["data"][0]["event"]}
    pages.append((await api.client.get(f"{url}/explain", params=after)).json())
    assert [each["amount"] for page in pages for each in page["data"]] == [2500, -500]


async def test_expanding_needs_the_permission_to_read_what_is_expanded(api: RunningApi) -> None:
    customer = await api.create_customer()
    paid = (await api.client.post("/v1/payments", json=PAYMENT | {"customer": customer["id"]})).json()
    key = (await api.client.post("/v1/api_keys", json={"permissions": {"payments": "write"}})).json()["secret"]
    for method, path, expand in (
        ("GET", f"/v1/payments/{paid['id']}?expand[]=customer", None),
        ("GET", "/v1/payments?expand[]=data.customer", None),
        ("POST", "/v1/payments", PAYMENT | {"customer": customer["id"], "expand": ["customer"]}),
    ):
        refused = await api.call(method, path, key, json=expand)
        error = refused.json()["error"]
        assert (refused.status_code, error["type"]) == (403, "permission_error"), path
        assert "'customers:read'" in error["message"]
        assert customer["email"] not in refused.text
    assert len((await api.call("GET", "/v1/payments", key)).json()["data"]) == 1
