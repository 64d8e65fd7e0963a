"""The simulated provider's HTTP server. It owns its connections, so that it can break them in every way there is."""

import asyncio
import hmac
import socket
import struct
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import httptools
import msgspec
from msgspec import Struct

from services.gateways.gateway import Outcome, RefundOutcome
from services.gateways.simulator.books import Books, ChargeRequest, Refused, Unknown
from services.gateways.simulator.faults import FaultRequest, Faults
from services.gateways.simulator.methods import BY_TOKEN, describe

BODY_BYTES_MAX = 65_536
SILENCE_SECONDS = 60.0


class Amount(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a capture or a refund; `charge` is named in refunds."""

    amount: int
    livemode: bool
    charge: str = ""


class Environment(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a cancellation, or of a refund that is to fail."""

    livemode: bool


class Answer(Struct, frozen=True):
    """What goes back. `breaks`: the connection is reset instead, or cut in the middle of the body."""

    status: int
    body: bytes
    breaks: str = ""


class Provider:
    """The operations, without the wire."""

    def __init__(self, books: Books, token: str) -> None:
        self.books = books
        self.faults = Faults()
        self._token = f"Bearer {token}".encode()

    async def answer(self, method: str, target: str, headers: Mapping[str, bytes], body: bytes) -> Answer:
        """The answer to a request, after whatever fault it meets."""
        parts = urlsplit(target)
        path = [unquote(part) for part in parts.path.split("/")[1:]]
        if path == ["healthz"]:
            return _ok({"ok": True})
        if not hmac.compare_digest(headers.get("authorization", b""), self._token):
            return Answer(401, b'{"error":"wrong token"}')
        key = headers.get("idempotency-key", b"").decode("latin-1")
        try:
            return await self._route(method, path, parse_qs(parts.query), key, body)
        except (Refused, msgspec.ValidationError, msgspec.DecodeError, ValueError) as refusal:
            return Answer(400, msgspec.json.encode({"error": str(refusal)}))
        except Unknown as unknown:
            return Answer(404, msgspec.json.encode({"error": f"unknown: {unknown}"}))

    async def _route(
        self, method: str, path: list[str], query: Mapping[str, list[str]], key: str, body: bytes
    ) -> Answer:
        match (method, path):
            case ("POST", ["charges"]):
                return await self._charge(key, msgspec.json.decode(body, type=ChargeRequest))
            case ("GET", ["charges", "by-key", wanted]):
                outcome = await self.books.outcome_of(wanted, query.get("livemode", [""])[0] == "true")
                if outcome is None:
                    raise Unknown(wanted)
                return _ok(outcome)
            case ("POST", ["charges", charge, "capture"]):
                capture = msgspec.json.decode(body, type=Amount)
                return await self._faulty(
                    "capture", charge, lambda: self.books.capture(key, capture.livemode, charge, capture.amount)
                )
            case ("POST", ["charges", charge, "cancel"]):
                cancel = msgspec.json.decode(body, type=Environment)
                return await self._faulty("cancel", charge, lambda: self.books.cancel(key, cancel.livemode, charge))
            case ("POST", ["refunds"]):
                refund = msgspec.json.decode(body, type=Amount)
                return await self._faulty(
                    "refund",
                    refund.charge,
                    lambda: self.books.refund(key, refund.livemode, refund.charge, refund.amount),
                )
            case ("GET", ["refunds", refund]):
                return _ok(await self.books.refund_of(refund, query.get("livemode", [""])[0] == "true"))
            case ("GET", ["methods", token]):
                details = describe(token)
                if details is None:
                    raise Unknown(token)
                return _ok(details)
            case _:
                return await self._ask_about(method, path, query, body)

    async def _ask_about(self, method: str, path: list[str], query: Mapping[str, list[str]], body: bytes) -> Answer:
        """What only tests and operators ask for."""
        match (method, path):
            case ("GET", ["books"]):
                return _ok(await self.books.totals(query.get("reference", [None])[0]))
            case ("POST", ["refunds", refund, "fail"]):
                asked = msgspec.json.decode(body, type=Environment)
                return _ok(await self.books.fail_refund(refund, asked.livemode))
            case ("POST", ["faults"]):
                self.faults.arm(msgspec.json.decode(body, type=FaultRequest))
                return _ok(self.faults.report())
            case ("DELETE", ["faults"]):
                self.faults.clear()
                return _ok(self.faults.report())
            case ("GET", ["faults"]):
                return _ok(self.faults.report())
            case _:
                return Answer(404, b'{"error":"no such path"}')

    async def _charge(self, key: str, asked: ChargeRequest) -> Answer:
        made_now = False

        async def charge() -> Outcome:
            nonlocal made_now
            outcome, made_now = await self.books.charge(key, asked)
            return outcome

        answer = await self._faulty("charge", asked.reference, charge)
        if made_now and BY_TOKEN[asked.method].silent_once:
            await self.faults.hold(SILENCE_SECONDS)
            return Answer(500, b"{}", "reset")
        return answer

    async def _faulty(self, operation: str, reference: str, work: Any) -> Answer:
        fault = self.faults.take(operation, reference)
        kind, seconds = ("", 0.0) if fault is None else (fault.kind, fault.delay_seconds)
        if kind == "slow":
            await asyncio.sleep(min(seconds, SILENCE_SECONDS))
        if kind in {"timeout_before", "hold_before"}:
            await self.faults.hold(seconds)
        if kind in {"timeout_before", "reset_before"}:
            return Answer(500, b"{}", "reset")
        if kind == "error_500_before":
            return Answer(500, b'{"error":"as armed"}')
        outcome: Outcome | RefundOutcome = await work()
        if kind in {"timeout_after", "hold_after"}:
            await self.faults.hold(seconds)
        if kind in {"timeout_after", "reset_after"}:
            return Answer(500, b"{}", "reset")
        if kind == "error_500_after":
            return Answer(500, b'{"error":"as armed"}')
        answer = _ok(outcome)
        return Answer(answer.status, answer.body, "cut") if kind == "lost_answer" else answer


class Connection(asyncio.Protocol):
    """One client's connection: requests one after another, kept alive."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._target = b""
        self._headers: dict[str, bytes] = {}
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has a class of its own for it.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        # What the client asked for is done all the same: it went into the books, or will.
        self._transport = None

    def on_message_begin(self) -> None:
        self._target, self._headers, self._body = b"", {}, b""

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > BODY_BYTES_MAX:
            self._close()

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode()
        work = self._respond(method, self._target.decode("latin-1"), self._headers, self._body)
        self._task = asyncio.get_running_loop().create_task(work)

    async def _respond(self, method: str, target: str, headers: Mapping[str, bytes], body: bytes) -> None:
        answer = await self._provider.answer(method, target, headers, body)
        if self._transport is None:
            return
        if answer.breaks == "reset":
            self._reset()
            return
        head = f"HTTP/1.1 {answer.status} .\r\ncontent-type: application/json\r\n"
        head += f"content-length: {len(answer.body)}\r\n\r\n"
        if answer.breaks == "cut":
            self._transport.write(head.encode() + answer.body[: len(answer.body) // 2])
            self._close()
            return
        self._transport.write(head.encode() + answer.body)

    def _reset(self) -> None:
        """Ends the connection as a crashed server would: with RST instead of FIN."""
        assert self._transport is not None
        raw: socket.socket = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _ok(value: Any) -> Answer:
    return Answer(200, msgspec.json.encode(value))
