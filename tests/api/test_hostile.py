"""Hostile input is answered 400, never 500, and nothing of it is stored."""

import pytest

from tests.support.app import RunningApi

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CARD = "4242 4242 4242 4242"

BODIES: dict[str, tuple[dict[str, str], bytes]] = {
    "not json": (JSON, b"{"),
    "a list": (JSON, b"[]"),
    "a number": (JSON, b"1"),
    "not utf-8": (JSON, b'{"name":"\xff","email":"a@b.co"}'),
    "nul": (JSON, b'{"name":"a\\u0000b","email":"a@b.co"}'),
    "raw nul": (JSON, b'{"name":"a\x00b","email":"a@b.co"}'),
    "half a surrogate": (JSON, b'{"name":"a\\ud800","email":"a@b.co"}'),
    "nested 10,000 deep": (JSON, b'{"name":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    "nested 100,000 deep": (JSON, b'{"name":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"),
    "duplicate keys": (JSON, b'{"name":"a","name":"b","email":"a@b.co"}'),
    "a huge integer": (JSON, b'{"name":"a","email":"a@b.co","metadata":{"n":' + b"9" * 5_000 + b"}}"),
    "not a number": (JSON, b'{"name":"a","email":"a@b.co","metadata":{"n":NaN}}'),
    "nested metadata": (JSON, b'{"name":"a","email":"a@b.co","metadata":{"n":{"m":1}}}'),
    "a wrong type": (JSON, b'{"name":1,"email":"a@b.co"}'),
    "an unknown parameter": (JSON, b'{"name":"a","email":"a@b.co","nmae":"b"}'),
    "a long name": (JSON, b'{"name":"' + b"a" * 257 + b'","email":"a@b.co"}'),
    "51 metadata keys": (
        JSON,
        b'{"name":"a","email":"a@b.co","metadata":{' + b",".join(b'"k%d":1' % n for n in range(51)) + b"}}",
    ),
    "json that is called a form": (FORM, b'{"name": "Ada", "email": "a@b.co"}'),
    "a broken escape": (FORM, b"name=%zz&email=a@b.co"),
    "an escape cut off": (FORM, b"name=a&email=a@b.co&phone=%4"),
    "escaped nul": (FORM, b"name=a%00b&email=a@b.co"),
    "escaped bytes that are not utf-8": (FORM, b"name=%ff&email=a@b.co"),
    "a parameter twice": (FORM, b"name=a&name=b&email=a@b.co"),
    "one name in two shapes": (FORM, b"name=a&name[b]=c&email=a@b.co"),
    "unbalanced brackets": (FORM, b"name=a&email=a@b.co&metadata[a=b"),
    "deep brackets": (FORM, b"name=a&email=a@b.co&metadata" + b"[a]" * 50 + b"=1"),
    "parameters that are called 0 and 1": (FORM, b"0=a&1=b"),
    "an index of 5,000 digits": (FORM, b"name=a&email=a@b.co&items[" + b"1" * 5_000 + b"]=1"),
    "2,000 parameters": (FORM, b"&".join(b"k%d=1" % n for n in range(2_000))),
}


@pytest.mark.parametrize(("headers", "body"), BODIES.values(), ids=BODIES.keys())
async def test_a_hostile_body_is_refused(api: RunningApi, headers: dict[str, str], body: bytes) -> None:
    before = await api.engine.store.head(0)
    response = await api.client.post("/v1/customers", content=body, headers=headers)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["request_id"] == response.headers["request-id"]
    assert await api.engine.store.head(0) == before


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "0=a",
        "limit=101",
        "limit=ten",
        "limit=1&limit=2",
        "created[gte]=soon",
        "created=99999999999999999999",
        "starting_after=cust_none",
        "q=%",
        "q=%00",
        "nonsense=1",
        "expand[]=nothing",
        "starting_after=a&ending_before=b",
    ],
)
async def test_a_hostile_query_is_refused(api: RunningApi, query: str) -> None:
    await api.create_customer()
    response = await api.client.get(f"/v1/customers?{query}")
    assert response.status_code == 400, response.text


async def test_a_body_beyond_a_mebibyte_is_refused(api: RunningApi) -> None:
    big = b'{"name":"' + b"a" * 1024 * 1024 + b'"}'

    async def chunks():
        for start in range(0, len(big), 65_536):
            yield big[start : start + 65_536]

    for content in (big, chunks()):
        response = await api.client.post("/v1/customers", content=content, headers=JSON)
        assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")


async def test_other_content_types_and_methods_are_refused(api: RunningApi) -> None:
    xml = await api.client.post("/v1/customers", content=b"<a/>", headers={"Content-Type": "text/xml"})
    patch = await api.client.patch("/v1/customers", json={})
    nowhere = await api.client.get("/v1/nowhere")
    assert (xml.status_code, patch.status_code, nowhere.status_code) == (415, 405, 404)
    assert patch.headers["allow"] == "GET, POST"
    assert nowhere.json()["error"]["type"] == "invalid_request_error"


CARDS = {
    "name": {"name": f"Ada {CARD}"},
    "description": {"description": "card 4242-4242-4242-4242 please"},
    "metadata value": {"metadata": {"card": "4242424242424242"}},
    "metadata number": {"metadata": {"card": 4242424242424242}},
    "metadata key": {"metadata": {"4242424242424242": "x"}},
    "address": {"address": {"line1": "378282246310005"}},
    "phone": {"phone": "4222222222222"},
    "other digits": {"name": "４２４２４２４２４２４２４２４２"},
}


@pytest.mark.parametrize("fields", CARDS.values(), ids=CARDS.keys())
async def test_card_numbers_are_refused_and_stored_nowhere(api: RunningApi, fields: dict[str, object]) -> None:
    before = await api.engine.store.head(0)
    response = await api.client.post("/v1/customers", json={"name": "Ada", "email": "a@b.co", **fields})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "sensitive_data_refused")
    assert "4242" not in response.text.replace("4242424242424242]", "")
    assert await api.engine.store.head(0) == before


async def test_a_card_number_is_refused_wherever_text_is_taken(api: RunningApi) -> None:
    payment = await api.client.post("/v1/payments", json={"amount": 1, "currency": "usd", "description": f"for {CARD}"})
    method = await api.client.post("/v1/payment_methods", json={"type": "CARD", "card": {"number": "123"}})
    keyed = await api.client.post(
        "/v1/customers", json={"name": "A", "email": "a@b.co"}, headers={"Idempotency-Key": CARD}
    )
    assert [each.status_code for each in (payment, method, keyed)] == [400, 400, 400]
    assert {each.json()["error"]["code"] for each in (payment, method, keyed)} == {"sensitive_data_refused"}


@pytest.mark.parametrize("phone", ["+1234567890", "+49 151 1234-5678", "(030) 123.456", "+4111111111111"])
async def test_phone_numbers_are_no_card_numbers(api: RunningApi, phone: str) -> None:
    assert (await api.create_customer(phone=phone))["phone"] == phone


async def test_order_numbers_are_no_card_numbers(api: RunningApi) -> None:
    metadata = {"order": "1234567890123456", "isbn": "978-3-16-148410-0", "short": "424242424242"}
    assert (await api.create_customer(metadata=metadata))["metadata"] == metadata
