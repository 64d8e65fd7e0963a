"""An invoice as its customer sees it: a page, and the PDF of it, for whoever has the address.

Everything is read from the log, so that it is as current as the GET of the invoice. An address that is not right, of an
invoice that there is or of none, gives the same answer.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, structs

from eventstore.tenants import Tenant
from services.api.endpoint import Sent
from services.api.errors import as_refusal, problem_of
from services.api.house import House
from services.api.limits import RateLimit
from services.billing.accounts.decider import ACCOUNTS
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.views import customer_object
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.routes import CAPABILITY as INVOICE_CAPABILITY
from services.core.ids import new_id
from services.core.links import opens
from services.core.log import get_logger
from services.core.refusal import Limited, Missing, Refusal
from services.dashboard.hosted.paper import drawn
from services.dashboard.hosted.sheet import Sheet, billed_to, sheet_of, sums
from services.dashboard.rendering import Renderer

PATH = re.compile(r"/i/((acct_\w{1,64})/(test|live))/(in_\w{1,64})/([\w-]{1,64})(/pdf)?")
VISITS_PER_SECOND = 10
# A long invoice takes a second to draw, one after another.
PAPERS_WAITING_MAX = 8
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex, nofollow, noarchive"),
    # The address is the key to the page: it goes to no other host and stays in no shared cache.
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"private, no-store"),
)
HTML = (b"content-type", b"text/html; charset=utf-8")
SERVER_FAULT = 500
UNSAID = "Something went wrong on our side. It has been logged."

log = get_logger("hosted")


class NothingHere(Missing):
    """There is no invoice at this address. It may have been cut off: open it again from where you got it."""


class TooManyVisits(Limited):
    """Too many visits at once. Wait a moment and load the page again."""


class Shown(Struct, frozen=True):
    """An invoice and whom it is for, as wire objects, and who made it out."""

    invoice: dict[str, Any]
    customer: dict[str, Any]
    seller: str
    zone: str
    livemode: bool

    @property
    def sheet(self) -> Sheet:
        """It on paper."""
        return sheet_of(self.invoice, self.customer, self.seller, self.zone, livemode=self.livemode)


class Hosted:
    """Answers below /i."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._renderer = Renderer()
        # Made once the house is open.
        self._limit: RateLimit | None = None
        # Documents are drawn one after another: fonts are shared between them.
        self._drawing = asyncio.Lock()
        self._waiting = 0

    async def answer(self, scope: Mapping[str, Any]) -> Sent:
        """The page or the PDF."""
        request_id, started = new_id("req"), time.perf_counter()
        match = PATH.fullmatch(str(scope["path"]))
        kind = "pdf" if match is not None and match[6] else "page"
        try:
            if match is None:
                raise NothingHere
            shown = await self._shown(*match.group(1, 2, 4, 5))
            sent = await self._paper(shown) if kind == "pdf" else self._page(shown)
        except Exception as problem:
            sent = self._problem(problem, request_id)
        seconds = time.perf_counter() - started
        self._house.metrics.request("GET", f"/i/{{invoice}}/{kind}", sent.status, seconds)
        log.info("hosted_invoice", kind=kind, status=sent.status, ms=round(seconds * 1000, 2), request=request_id)
        return structs.replace(sent, headers=[*sent.headers, (b"request-id", request_id.encode())])

    async def _spend(self, tenant: Tenant, id: str) -> None:
        """Counts a visit of this invoice: behind a proxy all visitors have one address. Raises Limited."""
        if self._limit is None:
            self._limit = RateLimit(self._house.redis, VISITS_PER_SECOND)
        try:
            await self._limit.spend(f"hosted:{tenant.number}:{id}")
        except Limited as limited:
            raise TooManyVisits(extra=limited.extra) from None

    async def _shown(self, name: str, account_id: str, id: str, token: str) -> Shown:
        engine = self._house.engine
        tenant = await engine.tenants.find(name)
        if tenant is None or not opens(engine, tenant, id, token):
            raise NothingHere
        await self._spend(tenant, id)
        invoice = (await engine.load(INVOICES, tenant, id)).state
        owner = await engine.tenants.find(account_id)
        if invoice is None or invoice.number is None or owner is None:
            raise NothingHere
        account = (await engine.load(ACCOUNTS, owner, account_id)).state
        customer = (await engine.load(CUSTOMERS, tenant, invoice.customer)).state
        assert account is not None, "a tenant belongs to an account"
        assert customer is not None, "an invoice belongs to a customer"
        livemode = name.endswith("/live")
        return Shown(
            invoice=msgspec.to_builtins(INVOICE_CAPABILITY.shown(engine, tenant, invoice, livemode=livemode)),
            customer=msgspec.to_builtins(customer_object(customer, livemode)),
            seller=account.name,
            zone=customer.timezone,
            livemode=livemode,
        )

    def _page(self, shown: Shown) -> Sent:
        values = {**structs.asdict(shown), "billed_to": billed_to(shown.customer), "sums": sums(shown.invoice)}
        return Sent(200, self._renderer.text("hosted/invoice.html", values).encode(), [*HEADERS, HTML])

    async def _paper(self, shown: Shown) -> Sent:
        if self._waiting >= PAPERS_WAITING_MAX:
            raise TooManyVisits(extra={"retry_after": 1})
        self._waiting += 1
        try:
            async with self._drawing:
                body = await asyncio.to_thread(drawn, shown.sheet)
        finally:
            self._waiting -= 1
        name = f'inline; filename="{shown.invoice["number"]}.pdf"'.encode()
        about = [(b"content-type", b"application/pdf"), (b"content-disposition", name)]
        return Sent(200, body, [*HEADERS, *about])

    def _problem(self, problem: Exception, request_id: str) -> Sent:
        refusal, status = as_refusal(problem), SERVER_FAULT
        more: list[tuple[bytes, bytes]] = []
        if refusal is None:
            log.error("hosted_invoice_failed", request=request_id, exc_info=problem)
            refusal = Refusal(UNSAID)
        else:
            found = problem_of(refusal, request_id)
            status = found.status
            more = [(k.encode(), v.encode()) for k, v in found.headers.items() if k.lower() == "retry-after"]
        values = {"message": refusal.message, "request_id": request_id, "status": status}
        return Sent(status, self._renderer.text("hosted/problem.html", values).encode(), [*HEADERS, HTML, *more])
