"""The front of the dashboard: from a request of a browser to a page, whoever asks and whatever goes wrong."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from litestar.types import Receive
from msgspec import structs

from services.api.endpoint import Scope, Sent, headers_of
from services.api.errors import as_refusal, problem_of
from services.api.house import House
from services.api.parameters import Parameters, parse_body, parse_form, read_body
from services.billing.accounts.decider import ACCOUNTS
from services.billing.accounts.state import Account
from services.billing.users import team
from services.billing.users.state import User
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.log import get_logger
from services.core.refusal import Missing, Refusal
from services.dashboard.desk import Desk
from services.dashboard.door import Caller, Door, to_door
from services.dashboard.guarding import (
    BROWSER_COOKIE,
    BROWSER_SECONDS,
    SESSION_COOKIE,
    cookie,
    cookies,
    demand_same_origin,
    demand_token,
    is_secure,
)
from services.dashboard.page import SEE_OTHER, NavItem, Page, Visit
from services.dashboard.rendering import Renderer
from services.dashboard.roles import permissions_of
from services.dashboard.sessions import KeptForm, Session, Sessions, new_token

INTERNAL = "Something went wrong on our side. It has been logged; nothing that you see was changed by it."
SAFE = {"GET", "HEAD"}
# Fields that are kept nowhere.
UNKEPT = frozenset({"csrf", "old", "password", "secret_key", "webhook_secret"})
SERVER_FAULT = 500

log = get_logger("dashboard")


class PageUnknown(Missing):
    """There is no such page."""


class Front:
    """Answers for every page. `sessions` and the rest are made when the house is open."""

    def __init__(self, house: House, nav: Sequence[NavItem], places: Mapping[str, str]) -> None:
        self._house = house
        self._nav = nav
        self._places = places
        self._door: Door | None = None
        self.renderer = Renderer()

    @property
    def door(self) -> Door:
        """Lets users in and out; one for all, so that passwords wait for each other."""
        if self._door is None:
            self._door = Door(self._house, self.sessions, self.renderer)
        return self._door

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self._house.redis)

    async def answer(self, scope: Scope, receive: Receive, page: Page | None, env: str) -> Sent:
        """The page, for whoever is signed in; others are sent to the door."""
        started, request_id = time.perf_counter(), new_id("req")
        path, method = str(scope["path"]), str(scope["method"])
        visit: Visit | None = None
        try:
            headers = headers_of(scope)
            form = await self._form(method, headers, receive)
            found = await self._who(headers)
            if found is None:
                sent = await self._to_door(scope, headers, method, form)
            elif method not in SAFE and self._is_of_before(form, headers, found[0]):
                sent = await self._kept(scope, headers, form, lambda page: page)
            else:
                if method not in SAFE:
                    demand_token(form.pop("csrf", None), found[0].csrf)
                visit = await self._visit(scope, headers, found, env, form, request_id)
                sent = await self._served(visit, page)
        except Exception as problem:
            sent = self._problem(problem, visit, request_id, path)
        seconds = time.perf_counter() - started
        route = f"/dashboard/{{env}}{page.path}" if page else "/dashboard"
        self._house.metrics.request(method, route, sent.status, seconds)
        milliseconds = round(seconds * 1000, 2)
        log.info("page", method=method, route=route, status=sent.status, ms=milliseconds, request=request_id)
        return structs.replace(sent, headers=[*sent.headers, (b"request-id", request_id.encode())])

    def caller(self, scope: Scope, form: Parameters) -> Caller:
        """The browser of a request, for the door."""
        client = scope.get("client")
        return Caller(
            headers=headers_of(scope),
            query=parse_form(scope.get("query_string", b"")),
            form=form,
            machine=str(client[0]) if client else "",
            secure=is_secure(scope, self._house.settings.public_url),
        )

    async def at_door(self, scope: Scope, receive: Receive, token: str | None) -> Sent:
        """The pages that need nobody to be signed in: by path, the sign-in form, a one-time link, signing out."""
        request_id, path, method = new_id("req"), str(scope["path"]), str(scope["method"])
        try:
            form = await self._form(method, headers_of(scope), receive)
            caller, door = self.caller(scope, form), self.door
            if path.endswith("/sign-out"):
                sent = await door.sign_out(caller) if method == "POST" else Sent(SEE_OTHER, b"", [_at("/dashboard")])
            elif token is not None:
                sent = await (door.ask_for_link if method in SAFE else door.use_link)(caller, token)
            else:
                sent = await (door.ask if method in SAFE else door.sign_in)(caller)
        except Exception as problem:
            sent = self._problem(problem, None, request_id, path)
        return structs.replace(sent, headers=[*sent.headers, (b"request-id", request_id.encode())])

    async def _form(self, method: str, headers: Mapping[str, str], receive: Receive) -> Parameters:
        if method in SAFE:
            return {}
        demand_same_origin(headers, self._house.settings.public_url)
        return parse_body(await read_body(receive, headers), headers.get("content-type", ""))[0]

    async def _who(self, headers: Mapping[str, str]) -> tuple[Session, User, Account] | None:
        token = cookies(headers).get(SESSION_COOKIE)
        session = await self.sessions.find(token) if token else None
        if session is None:
            return None
        engine = self._house.engine
        user = await team.user_by_id(engine, session.user)
        if user is None or user.epoch != session.epoch:
            await self.sessions.end(session.token)
            return None
        tenant = await engine.tenants.open(user.account)
        account = (await engine.load(ACCOUNTS, tenant, user.account)).state
        return None if account is None else (session, user, account)

    async def _visit(
        self,
        scope: Scope,
        headers: Mapping[str, str],
        who: tuple[Session, User, Account],
        env: str,
        form: Parameters,
        request_id: str,
    ) -> Visit:
        session, user, account = who
        path, method = str(scope["path"]), str(scope["method"])
        engine = self._house.engine
        shard = (await engine.tenants.open(account.id)).shard
        envelope = Envelope(
            tenant=await engine.tenants.open(f"{account.id}/{env}", shard),
            account=account.id,
            livemode=env == "live",
            actor=f"user:{user.id}",
            request_id=request_id,
            at=engine.clock.now(),
            permissions=permissions_of(user.role),
        )
        flash, kept = await self._left(headers, session, method, path)
        return Visit(
            house=self._house,
            sessions=self.sessions,
            renderer=self.renderer,
            door=self.door,
            desk=Desk(self._house, envelope),
            session=session,
            user=user,
            account=account,
            livemode=env == "live",
            method=method,
            path=path,
            ids={name: str(value) for name, value in scope.get("path_params", {}).items()},
            query=parse_form(scope.get("query_string", b"")),
            form=form,
            headers=headers,
            now=int(engine.clock.now().timestamp()),
            nav=_nav(self._nav, path, env),
            places=self._places,
            flash=flash,
            kept=kept,
            theme=cookies(headers).get("peaswap_theme", ""),
        )

    async def _left(
        self, headers: Mapping[str, str], session: Session, method: str, path: str
    ) -> tuple[str | None, KeptForm | None]:
        """What was left for the page that a person opens now; what a script fetches takes nothing away."""
        if method not in SAFE or headers.get("sec-fetch-dest", "document") != "document":
            return None, None
        browser = cookies(headers).get(BROWSER_COOKIE, "")
        return await asyncio.gather(self.sessions.said(session.token), self.sessions.kept_form(browser, path))

    async def _served(self, visit: Visit, page: Page | None) -> Sent:
        handler = None if page is None else page.get if visit.method in SAFE else page.post
        if page is None or handler is None:
            raise PageUnknown
        page.demand(visit)
        return await handler(visit)

    async def _to_door(self, scope: Scope, headers: Mapping[str, str], method: str, form: Parameters) -> Sent:
        """What was typed into a form waits for its user; only a form of ours gets that far."""
        path = str(scope["path"])
        if method in SAFE:
            query = scope.get("query_string", b"").decode("latin-1")
            return Sent(SEE_OTHER, b"", [_at(to_door(f"{path}?{query}" if query else path))])
        return await self._kept(scope, headers, form, lambda page: to_door(page, kept=True))

    def _is_of_before(self, form: Parameters, headers: Mapping[str, str], session: Session) -> bool:
        """A form of ours from before the user signed in anew, in another tab: it is shown again, not done."""
        token = form.get("csrf")
        ours = "origin" in headers or "sec-fetch-site" in headers
        return ours and isinstance(token, str) and len(token) == len(session.csrf) and token != session.csrf

    async def _kept(
        self, scope: Scope, headers: Mapping[str, str], form: Parameters, onward: Callable[[str], str]
    ) -> Sent:
        """Keeps what was typed for the page that it was typed into, and sends the browser on."""
        referred = urlsplit(headers.get("referer", "")).path
        page = referred if referred.startswith("/dashboard/") else str(scope["path"])
        browser = cookies(headers).get(BROWSER_COOKIE) or new_token()
        fields = {name: value for name, value in form.items() if name not in UNKEPT}
        await self.sessions.keep_form(browser, KeptForm(page=page, fields=fields))
        secure = is_secure(scope, self._house.settings.public_url)
        held = cookie(BROWSER_COOKIE, browser, BROWSER_SECONDS, secure=secure)
        return Sent(SEE_OTHER, b"", [_at(onward(page)), held])

    def _problem(self, problem: Exception, visit: Visit | None, request_id: str, path: str) -> Sent:
        refusal = as_refusal(problem)
        if refusal is None:
            log.error("page_failed", request=request_id, route=path, exc_info=problem)
            refusal, status, more = Refusal(INTERNAL), SERVER_FAULT, dict[str, str]()
        else:
            found = problem_of(refusal, request_id)
            status, more = found.status, dict(found.headers)
        values = {"message": refusal.message, "request_id": request_id, "status": status}
        if visit is None:
            sent = self.renderer.page("door/problem.html", status, values)
        else:
            values.pop("status")
            sent = visit.render("problem.html", status=status, code=status, **values)
        wanted = [(name.encode(), value.encode()) for name, value in more.items() if name == "retry-after"]
        return structs.replace(sent, headers=[*sent.headers, *wanted])


def _at(path: str) -> tuple[bytes, bytes]:
    return b"location", path.encode()


def _nav(items: Sequence[NavItem], path: str, env: str) -> list[dict[str, Any]]:
    below = path.removeprefix(f"/dashboard/{env}")
    found: list[dict[str, Any]] = []
    for item in items:
        roots = (item.path, *item.also)
        active = any(below == root or (root != "" and below.startswith(f"{root}/")) for root in roots)
        found.append({"label": item.label, "href": f"/dashboard/{env}{item.path}", "active": active})
    return found
