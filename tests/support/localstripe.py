"""localstripe as a process of its own: what stands in for Stripe where tests have no network."""

import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.ports import Port

SECRET_KEY = "sk_test_thatOnlyLocalstripeTakes"
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
ROOT = Path(__file__).resolve().parents[2]


class LocalStripe:
    """A running stand-in at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def books(self, reference: str | None = None) -> Mapping[str, int]:
        """What it has taken and given back: of one payment of ours, or of all."""
        return await self._ask("GET", "/_standin/books", params={"reference": reference} if reference else {})

    async def sends_webhooks(self, url: str, secret: str) -> None:
        """From now on its events go there, signed with this secret."""
        await self._ask("POST", "/_config/webhooks/peaswap", json={"url": url, "secret": secret})

    async def bank_account(self, iban: str) -> str:
        """A method that Stripe debits from a bank account."""
        form = {"type": "sepa_debit", "sepa_debit[iban]": iban}
        made = await self._ask("POST", "/v1/payment_methods", data=form)
        return f"sepa_debit:{made['id']}"

    async def fail_refund(self, reference: str) -> None:
        """The bank sends a refund back."""
        await self._ask("POST", f"/_standin/refunds/{reference}/fail")

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=60) as client:
            response = await client.request(method, path, **more)
        assert response.is_success, response.text
        return response.json() if response.content else None


@contextmanager
def localstripe() -> Generator[LocalStripe]:
    """The stand-in, from when it answers; ended afterwards."""
    port = Port()
    program = [sys.executable, "tests/gateways/standin/server.py", str(port.number)]
    process = subprocess.Popen(program, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until_it_answers(f"{port.url}/_standin/books")
        yield LocalStripe(port.url)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        port.free()


def until_it_answers(url: str) -> None:
    """Returns once a server that was just started answers there."""
    until = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < until, f"nobody answers at {url}"
            time.sleep(0.05)
        else:
            return
