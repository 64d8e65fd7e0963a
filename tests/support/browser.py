"""A browser without a screen: cookies, forms and redirects, against the dashboard of a running API."""

import html
import re
from typing import Any

import httpx
from litestar import Litestar

from services.billing.users import team
from services.billing.users.events import Role
from services.billing.users.state import User
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.dashboard.sessions import Purpose, Sessions
from tests.support.app import RunningApi

HOST = "http://api.test"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the forms of a page; of fields of one name the last."""
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page)}


class Browser:
    """Goes where a person goes; remembers where it is and what it saw there."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""
        self.status = 0
        self.at = ""

    async def open(self, path: str) -> str:
        """Goes to a page, following redirects."""
        return await self._seen(await self.client.get(path, follow_redirects=True))

    async def send(self, path: str, **fields: str) -> str:
        """Sends a form of the page that is open, with its hidden fields."""
        data = {**hidden(self.page), **fields}
        headers = {"Origin": HOST, "Referer": f"{HOST}{self.at}"}
        return await self._seen(await self.client.post(path, data=data, headers=headers, follow_redirects=True))

    async def _seen(self, answer: httpx.Response) -> str:
        self.page, self.status, self.at = answer.text, answer.status_code, answer.url.path
        return self.page


def browser_of(app: Litestar, cookies: httpx.Cookies | None = None) -> httpx.AsyncClient:
    """What a browser with these cookies reaches the application by."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # pyright: ignore[reportArgumentType]
    return httpx.AsyncClient(transport=transport, base_url=HOST, timeout=120, cookies=cookies)


def browser(api: RunningApi) -> Browser:
    """A browser that nobody is signed in to."""
    return Browser(browser_of(api.app))


async def envelope_of(engine: Engine, account: str) -> Envelope:
    """The envelope of whoever runs the server."""
    tenant = await engine.tenants.open(account)
    return Envelope(
        tenant=tenant,
        account=account,
        livemode=False,
        actor="system:test",
        request_id="req_test",
        at=engine.clock.now(),
    )


async def new_user(api: RunningApi, account: str, email: str, role: Role, password_hash: str = "") -> User:
    """A user of the account, with a password when a hash of one is given."""
    envelope = await envelope_of(api.engine, account)
    user = await team.invite(api.engine, envelope, email=email, name=email.partition("@")[0].title(), role=role)
    return await team.set_password(api.engine, envelope, user.id, password_hash) if password_hash else user


async def user_link(
    api: RunningApi, account: str, email: str = "ada@example.com", role: Role = "OWNER", purpose: Purpose = "sign_in"
) -> str:
    """The path of a one-time link of a new user."""
    user = await new_user(api, account, email, role)
    return f"/dashboard/link/{await Sessions(api.redis).make_link(user.id, purpose)}"


async def signed_in(api: RunningApi, account: str, **who: Any) -> Browser:
    """A browser in which a new user of the account is signed in."""
    here = browser(api)
    link = await user_link(api, account, **who)
    await here.open(link)
    await here.send(link)
    assert here.status == httpx.codes.OK, here.page
    return here


async def signed_in_beside(api: RunningApi, **who: Any) -> Browser:
    """A browser in which a new user of the account of the API's own key is signed in."""
    account = (await api.client.get("/v1/account")).json()["id"]
    return await signed_in(api, account, **who)
