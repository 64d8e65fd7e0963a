"""One path of the API: from the bytes of a request to the bytes of its answer."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from litestar.types import Receive, Send
from msgspec import Struct

from services.api.errors import (
    WrongMethod,
    as_refusal,
    internal_problem,
    problem_of,
)
from services.api.house import House
from services.api.parameters import check_path, parse_body, parse_form, read_body
from services.api.performing import Asked, demand_permission, perform
from services.api.request_log import Noted, path_of
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.log import get_logger
from services.core.operation import Operation, Reply

JSON: tuple[bytes, bytes] = (b"content-type", b"application/json")

# An ASGI scope is a map of whatever the server says.
Scope = Mapping[str, Any]

log = get_logger("api")


class Sent(Struct, frozen=True):
    """What goes back over the wire."""

    status: int
    body: bytes
    headers: Sequence[tuple[bytes, bytes]]


class Endpoint:
    """All operations of one path, by method; `defaults` stand for parameters that are absent."""

    def __init__(
        self,
        house: House,
        path: str,
        operations: Mapping[str, Operation],
        defaults: Mapping[str, Mapping[str, Any]] = {},
    ) -> None:
        self._house = house
        self._path = path
        self._operations = operations
        self._defaults = defaults
        self._allow = ", ".join(sorted(operations))

    async def __call__(self, scope: Scope, receive: Receive, send: Send, ids: Mapping[str, str]) -> None:
        """Serves a request for this path, in which these ids stand."""
        sent = await self._answer(scope, receive, ids)
        length = (b"content-length", b"%d" % len(sent.body))
        await send({"type": "http.response.start", "status": sent.status, "headers": [*sent.headers, length]})
        await send({"type": "http.response.body", "body": sent.body, "more_body": False})

    async def _answer(self, scope: Scope, receive: Receive, ids: Mapping[str, str]) -> Sent:
        """The answer, whatever happens."""
        started = time.perf_counter()
        request_id = new_id("req")
        method = str(scope.get("method", "GET"))
        key, tenant = None, None
        try:
            headers = headers_of(scope)
            operation = self._operations.get(method)
            if operation is None:
                raise WrongMethod(f"{self._path} takes {self._allow}.", extra={"allow": self._allow})
            key, tenant = await self._house.keys.authenticate(headers, self._house.engine.clock.now())
            await self._house.limit.spend(key.key_id)
            envelope = Envelope(
                tenant=tenant,
                account=key.account,
                livemode=key.livemode,
                actor=f"api_key:{key.key_id}",
                request_id=request_id,
                at=self._house.engine.clock.now(),
                permissions=key.permissions,
            )
            sent = await self._answered(operation, method, envelope, scope, receive, headers, ids)
        except Exception as problem:
            sent = failed(problem, request_id, self._path)
        seconds = time.perf_counter() - started
        self._house.metrics.request(method, self._path, sent.status, seconds)
        log.info(
            "request",
            method=method,
            route=self._path,
            status=sent.status,
            ms=round(seconds * 1000, 2),
            request=request_id,
            account=key.account if key else "",
        )
        if key is not None and tenant is not None and self._house.requests.has_room(sent.status):
            self._house.requests.note(
                tenant,
                Noted(
                    id=request_id,
                    at=int(self._house.engine.clock.now().timestamp() * 1000),
                    method=method,
                    path=path_of(self._path, ids),
                    status=sent.status,
                    ms=round(seconds * 1000, 1),
                    key=key.key_id,
                ),
            )
        return Sent(sent.status, sent.body, [*sent.headers, (b"request-id", request_id.encode())])

    async def _answered(
        self,
        operation: Operation,
        method: str,
        envelope: Envelope,
        scope: Scope,
        receive: Receive,
        headers: Mapping[str, str],
        ids: Mapping[str, str],
    ) -> Sent:
        # Whoever may not do this is told so before the body is read.
        demand_permission(operation, envelope)
        check_path(scope.get("raw_path") or b"")
        body, typed = parse_body(await read_body(receive, headers), headers.get("content-type", ""))
        asked = Asked(
            method=method,
            path=str(scope["path"]),
            ids=ids,
            body={**self._defaults.get(method, {}), **body},
            query=parse_form(scope.get("query_string", b"")),
            typed=typed,
            headers=headers,
        )
        reply = await perform(self._house, operation, envelope, asked)
        return Sent(reply.answer.status, reply.answer.body, _reply_headers(reply))


def failed(problem: Exception, request_id: str, path: str) -> Sent:
    """What goes back when a request came to nothing; a fault of ours is logged."""
    refusal = as_refusal(problem)
    if refusal is None:
        log.error("request_failed", request=request_id, route=path, exc_info=problem)
        found = internal_problem(request_id)
    else:
        found = problem_of(refusal, request_id)
    headers = [(name.encode(), value.encode()) for name, value in found.headers.items()]
    return Sent(found.status, found.body, [JSON, *headers])


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by lower-case name."""
    raw: Sequence[tuple[bytes, bytes]] = scope["headers"]
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _reply_headers(reply: Reply) -> list[tuple[bytes, bytes]]:
    headers = [JSON]
    if reply.position is not None:
        headers.append((b"peaswap-position", str(reply.position).encode()))
    if reply.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    if reply.stale:
        headers.append((b"peaswap-stale", b"true"))
    return headers
