"""A proxy before the API that fails on demand: it answers errors in its stead, and drops connections."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import httpx

# drop: the request never arrives; lose: it does, and its answer is lost.
Fault = Literal["500", "429", "503", "409", "drop", "lose", "hang"]
HANG_SECONDS = 120
PASSED = ("authorization", "content-type", "idempotency-key")


class FaultyProxy:
    """Each request meets the next of `faults`; without any left it is passed on. `seen` lists method, path and key."""

    def __init__(self, target: str) -> None:
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, str, str | None]] = []
        self.released = threading.Event()
        self._client = httpx.Client(base_url=target, timeout=60, trust_env=False)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, name="faulty proxy")
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name: handler.headers[name] for name in PASSED if handler.headers[name] is not None}
        self.seen.append((handler.command, handler.path, headers.get("idempotency-key")))
        fault = self.faults.pop(0) if self.faults else None
        if fault == "hang":
            self.released.wait(HANG_SECONDS)
        if fault in {"drop", "hang"}:
            return
        if fault is None or fault == "lose":
            answer = self._client.request(handler.command, handler.path, content=body, headers=headers)
            if fault is None:
                self._send(handler, answer.status_code, answer.headers["content-type"], answer.content)
            return
        retry_after = "0" if fault in {"409", "429", "503"} else None
        error = b'{"error": {"type": "api_error", "code": "made_up", "message": "A fault on demand."}}'
        self._send(handler, int(fault), "application/json", error, retry_after)

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, kind: str, body: bytes, retry_after: str | None = None
    ) -> None:
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(body)))
        if retry_after is not None:
            handler.send_header("retry-after", retry_after)
        handler.end_headers()
        handler.wfile.write(body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            """Every connection serves one request, so that dropping one drops nothing else."""

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65_537)
                if self.raw_requestline and self.parse_request():
                    proxy.serve(self)
                self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                return

        return Handler


@contextmanager
def faulty_proxy(target: str) -> Generator[FaultyProxy]:
    """A running proxy; closed afterwards."""
    proxy = FaultyProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
