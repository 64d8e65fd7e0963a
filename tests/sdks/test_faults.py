"""Whatever happens to a request on its way, it is carried out once."""

from uuid import uuid4

import httpx
import peaswap as sdk
import pytest
from peaswap import AsyncPeaswap, Peaswap
from peaswap.requests import Request, Settings, content_of

from tests.support import javascript
from tests.support.faulty import Fault, FaultyProxy, faulty_proxy
from tests.support.served import Served

FAULTS: list[Fault] = ["500", "lose", "drop", "409", "429", "503"]


def made(peaswap: Peaswap, tag: str) -> int:
    return len(peaswap.customers.search(query=f'metadata["tag"]:"{tag}"').data)


def keys(proxy: FaultyProxy) -> set[str | None]:
    return {key for method, _, key in proxy.seen if method == "POST"}


def test_the_python_library_makes_one_object(server: Served, peaswap: Peaswap) -> None:
    with faulty_proxy(server.url) as proxy, httpx.Client(trust_env=False) as http:
        client = Peaswap(server.key, base_url=proxy.url, max_retries=len(FAULTS), http_client=http)
        proxy.faults, tag = list(FAULTS), uuid4().hex
        client.customers.create(name="Ada", email="ada@example.com", metadata={"tag": tag})
        assert (len(proxy.seen), len(keys(proxy)), made(peaswap, tag)) == (len(FAULTS) + 1, 1, 1)
        proxy.faults = ["500", "500"]
        with pytest.raises(sdk.ServerError):
            client.customers.create(name="Ada", email="ada@example.com", options={"max_retries": 1})
        proxy.faults = ["hang"]
        with pytest.raises(sdk.TimedOut):
            client.customers.list(options={"timeout": 0.5, "max_retries": 0})
        assert proxy.seen[-1][2] is None


async def test_the_async_library_makes_one_object(server: Served, peaswap: Peaswap) -> None:
    with faulty_proxy(server.url) as proxy:
        async with httpx.AsyncClient(trust_env=False) as http:
            client = AsyncPeaswap(server.key, base_url=proxy.url, max_retries=len(FAULTS), http_client=http)
            proxy.faults, tag = list(FAULTS), uuid4().hex
            await client.customers.create(name="Ada", email="ada@example.com", metadata={"tag": tag})
        assert (len(proxy.seen), len(keys(proxy)), made(peaswap, tag)) == (len(FAULTS) + 1, 1, 1)


def test_the_javascript_library_makes_one_object(server: Served, peaswap: Peaswap) -> None:
    javascript.install()
    with faulty_proxy(server.url) as proxy:
        proxy.faults, tag = list(FAULTS), uuid4().hex
        done = javascript.run(
            "faults.mjs", PEASWAP_URL=proxy.url, PEASWAP_API_KEY=server.key, TAG=tag, RETRIES=str(len(FAULTS))
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (len(proxy.seen), len(keys(proxy)), made(peaswap, tag)) == (len(FAULTS) + 1, 1, 1)


def test_a_server_may_say_when_to_come_back() -> None:
    settings = Settings("sk_test_1", "http://127.0.0.1", 30, 2, None)

    def request() -> Request:
        return Request(settings, "POST", "/v1/customers", {}, None)

    assert request().again_in(httpx.Response(429, headers={"retry-after": "7"})) == 7
    assert request().again_in(httpx.Response(400)) is None
    assert request().again_in(httpx.Response(200, json={})) is None
    tried = request()
    assert 0.25 <= (tried.again_in(httpx.ConnectError("")) or 0) <= 0.5
    assert 0.5 <= (tried.again_in(httpx.Response(200, text="<html>")) or 0) <= 1
    assert tried.again_in(httpx.Response(500)) is None


def test_an_error_of_something_in_between_has_what_its_headers_say() -> None:
    answer = httpx.Response(502, text="<html>", headers={"request-id": "req_1"})
    with pytest.raises(sdk.ServerError) as broken:
        content_of(answer)
    assert (broken.value.status, broken.value.request_id) == (502, "req_1")
