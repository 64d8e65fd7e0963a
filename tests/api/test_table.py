"""Paths and what serves them."""

import asyncio
import gc
import json
import weakref
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.api.app import OPERATIONS
from services.api.protocol import Together
from services.api.table import Table
from services.billing.api_keys.routes import RESOURCES
from tests.support.app import RunningApi
from tests.support.served import Served

PATHS = ("/v1/x", "/v1/x/{id}", "/v1/x/search", "/v1/x/{id}/y", "/v1/x/{id}/y/{other}", "/v1/x/search/z")


@pytest.mark.parametrize(
    ("path", "found", "ids"),
    [
        ("/v1/x", "/v1/x", {}),
        ("/v1/x/", "/v1/x", {}),
        ("/v1/x/search", "/v1/x/search", {}),
        ("/v1/x/1", "/v1/x/{id}", {"id": "1"}),
        # A word goes before an id, but not where it leads nowhere.
        ("/v1/x/search/y", "/v1/x/{id}/y", {"id": "search"}),
        ("/v1/x/search/z", "/v1/x/search/z", {}),
        ("/v1/x/1/y/2", "/v1/x/{id}/y/{other}", {"id": "1", "other": "2"}),
    ],
)
def test_a_path_has_one_endpoint(path: str, found: str, ids: dict[str, str]) -> None:
    endpoints: Any = {each: each for each in PATHS}
    assert Table(endpoints).find(path) == (found, ids)


@pytest.mark.parametrize(
    "path", ["", "/", "/v1", "/v1/x//y", "/v1/y", "/v1/x/1/2", "/v1/x/1/y/2/3", "/id", "/v1/x/1/end"]
)
def test_other_paths_have_none(path: str) -> None:
    endpoints: Any = {each: each for each in PATHS}
    assert Table(endpoints).find(path) is None


def test_a_restricted_key_can_be_given_all_that_an_operation_needs() -> None:
    assert {operation.needs.partition(":")[0] for operation in OPERATIONS} <= RESOURCES


async def test_every_operation_is_reached_by_its_path(api: RunningApi) -> None:
    for operation in OPERATIONS:
        path = operation.path.replace("{id}", "nothing")
        answer = await api.client.request("TRACE", path)
        assert answer.status_code == 405, operation.path
        assert operation.methods[0] in answer.headers["allow"]
        assert answer.headers["request-id"].startswith("req_")
    assert (await api.client.get("/v1/nothing/of/the/kind")).status_code == 404


async def test_every_answer_has_a_request_id(api: RunningApi) -> None:
    too_large = b'{"name":"' + b"x" * 1024 * 1024 + b'"}'
    for method, path, status, content in (
        ("GET", "/", 303, b""),
        ("OPTIONS", "/", 204, b""),
        ("GET", "/nothing", 404, b""),
        ("DELETE", "/healthz", 405, b""),
        ("GET", "/docs", 200, b""),
        ("GET", "/dashboard/static/peaswap.css", 200, b""),
        ("GET", "/dashboard/static/nothing", 404, b""),
        ("POST", "/v1/customers", 413, too_large),
        ("POST", "/v1/customers", 415, b"<xml/>"),
    ):
        answer = await api.client.request(method, path, content=content, headers={"Content-Type": "text/xml"})
        assert answer.status_code == status, (path, answer.text)
        assert answer.headers.get_list("request-id")[0].startswith("req_"), path
        assert len(answer.headers.get_list("request-id")) == 1
    refused = await api.client.delete("/healthz")
    assert (refused.headers["allow"], refused.json()["error"]["code"]) == ("GET, OPTIONS", "method_not_allowed")


async def test_what_is_no_http_is_answered_in_the_shape_of_every_error(server: Served) -> None:
    url = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(b"GARBAGE\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    error = json.loads(body)["error"]
    assert head.startswith(b"HTTP/1.1 400 ")
    assert f"request-id: {error['request_id']}".encode() in head
    assert (error["type"], error["code"]) == ("invalid_request_error", "request_malformed")


async def test_answers_come_whole_and_in_order_whether_or_not_they_have_a_body(server: Served) -> None:
    url = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    asked = [("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", "/v1/customers"), ("GET", "/docs")]
    for index, (method, path) in enumerate(asked):
        more = "close" if index == len(asked) - 1 else "keep-alive"
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: {more}\r\n\r\n".encode())
    statuses: list[int] = []
    for method, _ in asked:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        statuses.append(int(head.split()[1]))
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(0 if method == "HEAD" else length)
        assert method == "HEAD" or body
    assert await reader.read() == b""
    writer.close()
    assert statuses == [200, 405, 401, 200]


def test_an_answer_leaves_nothing_to_the_collector_of_garbage() -> None:
    wire = Wire()
    cycle: Any = Cycle(wire)
    cycle.transport = Together(cycle)
    gone = weakref.ref(cycle)
    cycle.transport.write(b"head ")
    assert wire.written == []
    cycle.transport.write(b"body")
    assert wire.written == [b"head body"]
    gc.disable()
    try:
        del cycle
        assert gone() is None
    finally:
        gc.enable()


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


class Cycle:
    """What of a request of the server's counts here: it has a head out, and a body announced."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.scope = {"method": "GET"}
        self.response_started = True
        self.chunked_encoding = False
        self.expected_content_length = 4
