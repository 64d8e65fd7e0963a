"""One path of the API: from the bytes of a request to the bytes of its answer."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar.types import Receive
from msgspec import Struct, structs

from services.api.errors import (
    Problem,
    WrongMethod,
    as_refusal,
    internal_problem,
    invalid_parameter,
    problem_of,
    with_request_id,
)
from services.api.expand import expanded, paths_of
from services.api.house import House
from services.api.parameters import Parameters, parse_body, parse_form, read_body
from services.core.cards import refuse_card_numbers
from services.core.envelope import Envelope, RequestKey
from services.core.ids import new_id
from services.core.log import get_logger
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict, Forbidden, InProgress, Invalid, Missing
from services.core.step import Replayed

KEY_CHARACTERS_MAX = 255
DECLINED = 402
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
    """All operations of one path, by method."""

    def __init__(self, house: House, path: str, operations: Mapping[str, Operation]) -> None:
        self._house = house
        self._path = path
        self._operations = operations
        self._allow = ", ".join(sorted(operations))

    async def answer(self, scope: Scope, receive: Receive) -> Sent:
        """The answer to a request for this path, whatever happens."""
        started = time.perf_counter()
        request_id = new_id("req")
        method = str(scope.get("method", "GET"))
        account = ""
        try:
            headers = _headers(scope)
            operation = self._operations.get(method)
            if operation is None:
                raise WrongMethod(f"{self._path} takes {self._allow}.", extra={"allow": self._allow})
            key, tenant = await self._house.keys.authenticate(headers, self._house.engine.clock.now())
            account = key.account
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
            sent = await self._answered(operation, method, envelope, scope, receive, headers)
        except Exception as problem:
            sent = _as_sent(_problem(problem, request_id, self._path))
        seconds = time.perf_counter() - started
        self._house.metrics.request(method, self._path, sent.status, seconds)
        log.info(
            "request",
            method=method,
            route=self._path,
            status=sent.status,
            ms=round(seconds * 1000, 2),
            request=request_id,
            account=account,
        )
        return structs.replace(sent, headers=[*sent.headers, (b"request-id", request_id.encode())])

    async def _answered(
        self,
        operation: Operation,
        method: str,
        envelope: Envelope,
        scope: Scope,
        receive: Receive,
        headers: Mapping[str, str],
    ) -> Sent:
        if not envelope.may(operation.needs):
            raise Forbidden(f"This key lacks the permission '{operation.needs}'.")
        given, typed = parse_body(await read_body(receive, headers), headers.get("content-type", ""))
        query = parse_form(scope.get("query_string", b""))
        writes = method != "GET"
        if writes:
            refuse_card_numbers(given)
            refuse_card_numbers(query)
        paths = paths_of(given.pop("expand", None) or query.pop("expand", None))
        ids = {name: str(value) for name, value in scope.get("path_params", {}).items()}
        body: Any = None
        if operation.body is not None:
            body = _converted(given, operation.body, typed=typed)
            _converted(query, Nothing, typed=False)
        else:
            # Stripe's libraries send forms as the body of GET and DELETE too.
            query = {**given, **query}
        asked = _converted(query, operation.query or Nothing, typed=False) if operation.body is None else None
        if writes:
            envelope = _with_key(envelope, headers, method, str(scope["path"]), given, query)
        call = Call(self._house.engine, envelope, body, asked, ids, headers, self._house.services)
        reply = await self._performed(operation, call)
        if reply.position is not None and not reply.replayed:
            self._house.wake(envelope.tenant.shard)
        content = reply.answer.body
        if reply.answer.status == DECLINED:
            content = with_request_id(content, envelope.request_id)
        elif paths:
            content = await expanded(self._house.engine, envelope, content, paths)
        return Sent(reply.answer.status, content, _reply_headers(reply))

    async def _performed(self, operation: Operation, call: Call[Any, Any]) -> Reply:
        try:
            return await operation.perform(call)
        except Replayed as replay:
            return _replayed(replay)
        except (Missing, Invalid, Conflict) as refusal:
            # What was granted the first time may be refused now: the first answer counts.
            try:
                await self._house.engine.look_up(call.envelope)
            except Replayed as replay:
                if replay.answer is not None:
                    return _replayed(replay)
            raise refusal


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of a call that takes none."""


def _replayed(replay: Replayed) -> Reply:
    if replay.answer is None:
        raise InProgress
    return Reply(replay.answer, replay.record.position, replayed=True)


def _problem(problem: Exception, request_id: str, path: str) -> Problem:
    refusal = as_refusal(problem)
    if refusal is None:
        log.error("request_failed", request=request_id, route=path, exc_info=problem)
        return internal_problem(request_id)
    return problem_of(refusal, request_id)


def _as_sent(problem: Problem) -> Sent:
    headers = [(name.encode(), value.encode()) for name, value in problem.headers.items()]
    return Sent(problem.status, problem.body, [JSON, *headers])


def _headers(scope: Scope) -> dict[str, str]:
    raw: Sequence[tuple[bytes, bytes]] = scope["headers"]
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _converted(given: Parameters, kind: type[Struct], *, typed: bool) -> Any:
    try:
        return msgspec.convert(given, kind, strict=typed)
    except msgspec.ValidationError as problem:
        raise invalid_parameter(problem) from None
    except (OverflowError, ValueError) as problem:
        raise invalid_parameter(problem) from None


def _with_key(
    envelope: Envelope,
    headers: Mapping[str, str],
    method: str,
    path: str,
    body: Parameters,
    query: Parameters,
) -> Envelope:
    key = headers.get("idempotency-key")
    if key is None:
        return envelope
    if not key or len(key) > KEY_CHARACTERS_MAX or not key.isascii() or not key.isprintable():
        raise Invalid(
            "The Idempotency-Key must have 1 to 255 printable ASCII characters.", code="idempotency_key_invalid"
        )
    refuse_card_numbers(key, "Idempotency-Key")
    parameters = msgspec.json.encode((method, path, body, query), order="sorted")
    return msgspec.structs.replace(envelope, key=RequestKey(key, hashlib.sha256(parameters).digest()))


def _reply_headers(reply: Reply) -> list[tuple[bytes, bytes]]:
    headers = [JSON]
    if reply.position is not None:
        headers.append((b"peaswap-position", str(reply.position).encode()))
    if reply.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    if reply.stale:
        headers.append((b"peaswap-stale", b"true"))
    return headers
