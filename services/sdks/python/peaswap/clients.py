"""The clients: `Peaswap`, and `AsyncPeaswap` for asyncio."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Self, TypeVar

import httpx

from peaswap.generated.async_resources import AsyncResources
from peaswap.generated.resources import Resources
from peaswap.objects import Object
from peaswap.pages import AsyncList, More, Page
from peaswap.requests import Request, RequestOptions, Settings, content_of
from peaswap.webhooks import Webhooks

T = TypeVar("T", bound=Object)
BASE_URL = "http://127.0.0.1:8787"
TIMEOUT_SECONDS = 30.0
RETRIES = 3


class Peaswap(Resources):
    """A client: `Peaswap("sk_test_…").customers.create(name="Ada", email="ada@example.com")`.

    A request is sent again, at most `max_retries` times, after 409, 429, 5xx and lost connections; each one that
    writes carries an idempotency key, so that it is carried out once. `timeout`: seconds of silence that end a try.
    """

    webhooks = Webhooks()

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        timeout: float = TIMEOUT_SECONDS,
        max_retries: int = RETRIES,
        headers: Mapping[str, str] | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        self._settings = Settings(api_key, base_url, timeout, max_retries, headers)
        self._http = http_client or httpx.Client()
        super().__init__(self)

    def request(
        self, method: str, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]
    ) -> T:
        """The object that the server answers."""
        answer = self._send(method, path, parameters, options)
        return kind.of(content_of(answer), dict(answer.headers))

    def pages(self, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]) -> Page[T]:
        """The first page of a list."""

        def ask(more: More) -> Mapping[str, Any]:
            return content_of(self._send("GET", path, {**parameters, **more}, options))

        return Page(ask, kind, {}, backwards="ending_before" in parameters)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()

    def _send(
        self, method: str, path: str, parameters: Mapping[str, Any], options: RequestOptions | None
    ) -> httpx.Response:
        request = Request(self._settings, method, path, parameters, options)
        while True:
            try:
                told = self._http.send(request.on(self._http))
            except httpx.TransportError as lost:
                told = lost
            wait = request.again_in(told)
            if wait is None:
                return request.settled(told)
            time.sleep(wait)


class AsyncPeaswap(AsyncResources):
    """`Peaswap` for asyncio: `await peaswap.customers.create(…)`, `async for each in peaswap.customers.list()`."""

    webhooks = Webhooks()

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        timeout: float = TIMEOUT_SECONDS,
        max_retries: int = RETRIES,
        headers: Mapping[str, str] | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        self._settings = Settings(api_key, base_url, timeout, max_retries, headers)
        self._http = http_client or httpx.AsyncClient()
        super().__init__(self)

    async def request(
        self, method: str, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]
    ) -> T:
        """The object that the server answers."""
        answer = await self._send(method, path, parameters, options)
        return kind.of(content_of(answer), dict(answer.headers))

    def pages(
        self, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]
    ) -> AsyncList[T]:
        """A list, to be awaited or iterated over."""

        async def ask(more: More) -> Mapping[str, Any]:
            return content_of(await self._send("GET", path, {**parameters, **more}, options))

        return AsyncList(ask, kind, backwards="ending_before" in parameters)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_problem: object) -> None:
        await self.close()

    async def _send(
        self, method: str, path: str, parameters: Mapping[str, Any], options: RequestOptions | None
    ) -> httpx.Response:
        request = Request(self._settings, method, path, parameters, options)
        while True:
            try:
                told = await self._http.send(request.on(self._http))
            except httpx.TransportError as lost:
                told = lost
            wait = request.again_in(told)
            if wait is None:
                return request.settled(told)
            await asyncio.sleep(wait)
