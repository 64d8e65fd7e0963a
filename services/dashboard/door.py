"""The door: signing in with a password or a one-time link, and signing out."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from services.api.endpoint import Sent
from services.api.house import House
from services.billing.users import team
from services.billing.users.state import User, email_hold
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.refusal import Invalid, Refusal
from services.dashboard.guarding import BROWSER_COOKIE, BROWSER_SECONDS, SESSION_COOKIE, cookie, cookies, demand_token
from services.dashboard.passwords import Passwords
from services.dashboard.rendering import Renderer
from services.dashboard.sessions import Link, Sessions, new_token
from services.dashboard.throttle import count_try, forget_tries

HOME = "/dashboard/test"
SIGN_IN = "/dashboard/sign-in"
EMAIL_CHARACTERS_MAX = 320


class WrongAddressOrPassword(Invalid):
    """The e-mail address or the password is wrong."""

    code = "sign_in_refused"


class LinkUsed(Invalid):
    """This link was used already, or is too old. Ask for a new one."""

    code = "link_used"


class Caller(Struct, frozen=True, kw_only=True):
    """A browser that is not known yet. `machine` is where it calls from."""

    headers: Mapping[str, str]
    query: Mapping[str, Any]
    form: Mapping[str, Any]
    machine: str
    secure: bool

    def field(self, name: str) -> str:
        """A field of the form as text."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""


class Door:
    """Lets users in and out. Every method answers a page or a redirect."""

    def __init__(self, house: House, sessions: Sessions, renderer: Renderer) -> None:
        self._house = house
        self._sessions = sessions
        self._renderer = renderer
        self._passwords = Passwords()

    async def ask(self, caller: Caller) -> Sent:
        """The form that asks who it is."""
        return self._form(caller, email="", problem=None, status=200)

    async def sign_in(self, caller: Caller) -> Sent:
        """Opens a session for the right password; a wrong one and an unknown address get the same answer."""
        email = caller.field("email").strip()[:EMAIL_CHARACTERS_MAX]
        try:
            demand_token(caller.form.get("csrf"), self._token(_browser(caller)))
            user = await self._checked(caller, email)
        except Refusal as refusal:
            return self._form(caller, email=email, problem=refusal, status=400)
        return await self._let_in(caller, user, _inside(caller.field("next")))

    async def ask_for_link(self, caller: Caller, token: str) -> Sent:
        """What a one-time link opens, before it is used: a program that only looks at links does not use them up."""
        link = await self._sessions.link(token, take=False)
        user = None if link is None else await team.user_by_id(self._house.engine, link.user)
        if link is None or user is None:
            return self._closed()
        return self._link_form(caller, link, user, None, 200)

    async def use_link(self, caller: Caller, token: str) -> Sent:
        """Signs in by a one-time link; where a password must be chosen, with that."""
        link = await self._sessions.link(token, take=False)
        user = None if link is None else await team.user_by_id(self._house.engine, link.user)
        if link is None or user is None:
            return self._closed()
        hashed: str | None = None
        try:
            demand_token(caller.form.get("csrf"), self._token(_browser(caller)))
            if link.purpose == "password":
                hashed = await self._passwords.hashed(caller.field("password"), user.email)
        except Refusal as refusal:
            return self._link_form(caller, link, user, refusal, 400)
        if await self._sessions.link(token, take=True) is None:
            return self._closed()
        if hashed is not None:
            user = await team.set_password(self._house.engine, await self.envelope(user), user.id, hashed)
            self._house.wake(0)
        return await self._let_in(caller, user, HOME)

    async def sign_out(self, caller: Caller) -> Sent:
        """Ends the session of this browser."""
        token = cookies(caller.headers).get(SESSION_COOKIE, "")
        session = await self._sessions.find(token) if token else None
        if session is not None:
            demand_token(caller.form.get("csrf"), session.csrf)
            await self._sessions.end(token)
        gone = cookie(SESSION_COOKIE, "", 0, secure=caller.secure)
        forget = (b"clear-site-data", b'"cache"')
        return Sent(303, b"", [(b"location", SIGN_IN.encode()), gone, forget])

    async def changed_password(self, user: User, old: str, new: str) -> User:
        """The user after choosing another password. Raises Invalid naming the field."""
        if user.password_hash is not None and not await self._passwords.right(old, user.password_hash):
            raise Invalid("This is not your password.", param="old")
        hashed = await self._passwords.hashed(new, user.email)
        return await team.set_password(self._house.engine, await self.envelope(user), user.id, hashed)

    async def envelope(self, user: User) -> Envelope:
        """The envelope of what a user does about themselves; it names no environment."""
        engine = self._house.engine
        return Envelope(
            tenant=await team.tenant_of_users(engine),
            account=user.account,
            livemode=False,
            actor=f"user:{user.id}",
            request_id=new_id("req"),
            at=engine.clock.now(),
        )

    async def _checked(self, caller: Caller, email: str) -> User:
        engine = self._house.engine
        blinded = engine.vault.blind(await team.tenant_of_users(engine), email_hold(email).name)
        await count_try(self._sessions, blinded, caller.machine)
        user = await team.user_by_email(engine, email) if email else None
        if not await self._passwords.right(caller.field("password"), user.password_hash if user else None):
            raise WrongAddressOrPassword
        assert user is not None
        await forget_tries(self._sessions, blinded)
        return user

    async def _let_in(self, caller: Caller, user: User, where: str) -> Sent:
        if (before := cookies(caller.headers).get(SESSION_COOKIE)) is not None:
            await self._sessions.end(before)
        session = await self._sessions.begin(user.id, user.epoch)
        held = cookie(SESSION_COOKIE, session.token, None, secure=caller.secure)
        return Sent(303, b"", [(b"location", where.encode()), held])

    def _form(self, caller: Caller, *, email: str, problem: Refusal | None, status: int) -> Sent:
        onward = caller.field("next") or str(caller.query.get("next", ""))
        values = {"email": email, "problem": problem and problem.message, "next": _inside(onward)}
        if "kept" in caller.query:
            values["notice"] = "Your session had ended. What you typed is kept: sign in to go on."
        return self._asked(caller, "door/sign_in.html", status, values)

    def _link_form(self, caller: Caller, link: Link, user: User, problem: Refusal | None, status: int) -> Sent:
        values = {"purpose": link.purpose, "email": user.email, "problem": problem and problem.message}
        return self._asked(caller, "door/link.html", status, values)

    def _closed(self) -> Sent:
        return self._renderer.page("door/closed.html", 410, {"problem": LinkUsed().message})

    def _asked(self, caller: Caller, name: str, status: int, values: Mapping[str, Any]) -> Sent:
        browser = _browser(caller) or new_token()
        page = self._renderer.page(name, status, {"notice": None, **values, "csrf": self._token(browser)})
        held = cookie(BROWSER_COOKIE, browser, BROWSER_SECONDS, secure=caller.secure)
        return Sent(page.status, page.body, [*page.headers, held])

    def _token(self, browser: str) -> str:
        """The token of a form that is shown to somebody without a session: bound to the browser."""
        key = self._house.settings.master_key
        return hmac.digest(key, b"peaswap door:" + browser.encode(), hashlib.sha256).hex() if browser else ""


def to_door(path: str, *, kept: bool = False) -> str:
    """Where to sign in, to come back to `path` afterwards."""
    return f"{SIGN_IN}?next={quote(path)}{'&kept=1' if kept else ''}"


def _browser(caller: Caller) -> str:
    return cookies(caller.headers).get(BROWSER_COOKIE, "")


def _inside(path: str) -> str:
    """`path` when it is one of ours: nobody is sent elsewhere by signing in."""
    fits = path.startswith("/dashboard/") and "\\" not in path and path.isprintable() and path.isascii()
    return path if fits and not path.startswith(SIGN_IN) else HOME
