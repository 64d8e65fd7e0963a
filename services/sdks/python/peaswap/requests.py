"""Requests without input and output: what is sent, and whether it is sent again. Shared by both clients."""

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, cast
from urllib.parse import quote

import httpx

from peaswap.errors import ConnectionLost, TimedOut, error_of

VERSION = "0.1.0"
RETRIED = frozenset({409, 429, 500, 502, 503, 504})
WAIT_SECONDS = 0.5
WAIT_SECONDS_MAX = 8.0
RETRY_AFTER_SECONDS_MAX = 60.0
REFUSED = 400

# Where the API takes Unix seconds, an instant may be given; one without a zone is one of this machine's.
Instant = int | datetime
# What comes of a try: an answer, or the reason why there is none.
Told = httpx.Response | httpx.TransportError


class RequestOptions(TypedDict, total=False):
    """`idempotency_key`: requests with the same key are carried out once (default: a random one for each call that
    writes). `timeout`: seconds of silence that end a try. `api_key`: another than the client's."""

    idempotency_key: str
    timeout: float
    api_key: str
    max_retries: int
    headers: Mapping[str, str]


class Settings:
    """What a client was made with."""

    def __init__(
        self, api_key: str, base_url: str, timeout: float, max_retries: int, headers: Mapping[str, str] | None
    ) -> None:
        if not api_key:
            raise ValueError("Peaswap needs an API key: sk_test_…")
        self.api_key = api_key
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.max_retries = max_retries
        self.headers = dict(headers or {})


class Request:
    """One request, the same at every try, and how often it was tried."""

    def __init__(
        self,
        settings: Settings,
        method: str,
        path: str,
        parameters: Mapping[str, Any],
        options: RequestOptions | None,
    ) -> None:
        given: RequestOptions = options or {}
        self.timeout = given.get("timeout", settings.timeout)
        self._retries = given.get("max_retries", settings.max_retries)
        self._tried = 0
        headers = {
            "Authorization": f"Bearer {given.get('api_key', settings.api_key)}",
            "Accept": "application/json",
            "X-Peaswap-Client": f"python/{VERSION}",
        }
        if method != "GET":
            headers["Idempotency-Key"] = given.get("idempotency_key") or str(uuid.uuid4())
        in_body = method in {"POST", "PUT"}
        self._arguments: dict[str, Any] = {
            "method": method,
            "url": settings.base_url + path,
            "params": None if in_body else list(pairs(parameters)),
            "json": plain(parameters) if in_body else None,
            "headers": {**headers, **settings.headers, **given.get("headers", {})},
            "timeout": self.timeout,
        }

    def on(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request as this client sends it."""
        return client.build_request(**self._arguments)

    def again_in(self, told: Told) -> float | None:
        """After what came of a try: after how many seconds to send it again, None for not at all."""
        wait = min(WAIT_SECONDS * 2**self._tried, WAIT_SECONDS_MAX)
        self._tried += 1
        again = isinstance(told, httpx.TransportError) or told.status_code in RETRIED or _is_broken(told)
        if not again or self._tried > self._retries:
            return None
        asked = None if isinstance(told, httpx.TransportError) else _retry_after(told)
        # Half of it is random, so that clients that failed together do not come back together.
        return asked if asked is not None else wait * (0.5 + random.random() / 2)

    def settled(self, told: Told) -> httpx.Response:
        """The answer, if there is one. Raises the error that a lost connection is."""
        if isinstance(told, httpx.TimeoutException):
            raise TimedOut(f"The server was silent for {self.timeout} s.") from told
        if isinstance(told, httpx.TransportError):
            raise ConnectionLost(f"The server was not reached: {told}") from told
        return told


def content_of(answer: httpx.Response) -> Mapping[str, Any]:
    """The body of a good answer. Raises the error that any other is."""
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    if answer.status_code >= REFUSED:
        raise error_of(answer.status_code, body, answer.headers.get("request-id"))
    if not isinstance(body, dict):
        raise ConnectionLost("The answer is not JSON.")
    return cast(Mapping[str, Any], body)


def filled(path: str, *ids: str) -> str:
    """The path with its ids in it."""
    for id in ids:
        if not id:
            raise ValueError(f"{path} needs an id.")
        before, _, after = path.partition("{")
        path = before + quote(id, safe="") + after.partition("}")[2]
    return path


def plain(value: Any) -> Any:
    """Values as JSON has them; instants may be given as datetimes."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in cast(Mapping[str, Any], value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in cast(Sequence[Any], value)]
    return value


def pairs(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """`created={"gte": 1}` as `created[gte]=1`."""
    for name, value in parameters.items():
        yield from _pairs(name, plain(value))


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in cast(dict[str, Any], value).items():
            yield from _pairs(f"{name}[{key}]", each)
    elif isinstance(value, list):
        for index, each in enumerate(cast(list[Any], value)):
            yield from _pairs(f"{name}[{index}]", each)
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, "" if value is None else str(value)


def _is_broken(answer: httpx.Response) -> bool:
    """Whether it promises an object and is none: something in between answered, or the answer broke off."""
    if answer.status_code >= REFUSED:
        return False
    try:
        return not isinstance(answer.json(), dict)
    except ValueError:
        return True


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() and float(text) <= RETRY_AFTER_SECONDS_MAX else None
