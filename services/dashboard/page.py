"""What a page is, and what it is given: the visit of a user who is signed in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

from msgspec import Struct

from services.api.endpoint import Sent
from services.api.house import House
from services.billing.accounts.state import Account
from services.billing.users.state import User
from services.core.refusal import Forbidden
from services.dashboard.desk import Desk
from services.dashboard.door import Door
from services.dashboard.rendering import Renderer
from services.dashboard.sessions import KeptForm, Session, Sessions

T = TypeVar("T")
SEE_OTHER = 303


class Visit(Struct, frozen=True, kw_only=True):
    """A request by a user. `path` is the whole path, `ids` those in it; `query` and `form` are as typed, `kept` holds
    what the form of this page held when its session ended."""

    house: House
    sessions: Sessions
    renderer: Renderer
    door: Door
    desk: Desk
    session: Session
    user: User
    account: Account
    livemode: bool
    method: str
    path: str
    ids: Mapping[str, str]
    query: Mapping[str, Any]
    form: Mapping[str, Any]
    headers: Mapping[str, str]
    now: int
    nav: Any = ()
    places: Mapping[str, str] = {}
    flash: str | None = None
    kept: KeptForm | None = None
    theme: str = ""

    @property
    def env(self) -> Literal["test", "live"]:
        """The environment as it stands in paths."""
        return "live" if self.livemode else "test"

    @property
    def zone(self) -> str:
        """The account's time zone."""
        return self.account.timezone

    def url(self, path: str) -> str:
        """The address of a page below this environment: `/customers` as `/dashboard/test/customers`."""
        return f"/dashboard/{self.env}{path}"

    def with_query(self, **changes: str | None) -> str:
        """This page's address with other parameters; None takes one away."""
        kept = {name: value for name, value in self.query.items() if isinstance(value, str)}
        wanted = {name: value for name, value in {**kept, **changes}.items() if value}
        return f"{self.path}?{urlencode(wanted)}" if wanted else self.path

    def link(self, id: object) -> str | None:
        """Where the page of an object is, told by its id."""
        if not isinstance(id, str):
            return None
        where = self.places.get(id.partition("_")[0])
        return None if where is None else self.url(where.replace("{id}", quote(id, safe="")))

    def links(self, view: Mapping[str, Any]) -> dict[str, str]:
        """Where the pages of the objects are that a wire object names, by field."""
        found = {name: self.link(value) for name, value in view.items() if name != "id"}
        return {name: where for name, where in found.items() if where is not None}

    def text(self, name: str, default: str = "") -> str:
        """A parameter of the query as text."""
        value = self.query.get(name, default)
        return value if isinstance(value, str) else default

    def typed(self, name: str, default: str = "") -> str:
        """A field of the form that was sent, as text."""
        value = self.form.get(name, default)
        return value if isinstance(value, str) else default

    async def ask(self, method: str, path: str, parameters: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """The answer of an operation of the API; see Desk.ask."""
        return await self.desk.ask(method, path, parameters, **more)

    def may(self, needs: str) -> bool:
        """Whether the user has a permission such as `customers:write`."""
        return self.desk.may(needs)

    def filled(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a form shows: what was typed into it now or before its session ended, else `fields`."""
        typed = self.form or (self.kept.fields if self.kept else {})
        return {**fields, **typed}

    def render(self, name: str, *, status: int = 200, **values: Any) -> Sent:
        """A page from a template, which knows who looks at it and where."""
        known = {
            "user": self.user,
            "account": self.account,
            "livemode": self.livemode,
            "env": self.env,
            "nav": self.nav,
            "csrf": self.session.csrf,
            "flash": self.flash,
            "zone": self.zone,
            "path": self.path,
            "now": self.now,
            "may": self.may,
            "url": self.url,
            "link": self.link,
            "stale": self.desk.stale,
            "theme": self.theme,
            "kept": self.kept,
        }
        return self.renderer.page(name, status, {**known, **values})

    async def redirect(self, path: str, say: str | None = None) -> Sent:
        """On to another page below this environment (or a whole path), which shows the sentence `say` once."""
        if say is not None:
            await self.sessions.say(self.session.token, say)
        where = path if path.startswith("/dashboard/") else self.url(path)
        return Sent(SEE_OTHER, b"", [(b"location", where.encode())])


def render(visit: Visit, name: str, **values: Any) -> Sent:
    """A page from a template."""
    return visit.render(name, **values)


Handler = Callable[[Visit], Awaitable[Sent]]


class Page(Struct, frozen=True, kw_only=True):
    """A page below an environment: `path` such as `/payments/{id}`. `post` takes its form, and answers with a redirect
    or with the page again; `needs` is what must be allowed to see it, `capability` whose page it is."""

    path: str
    get: Handler | None = None
    post: Handler | None = None
    needs: str | None = None
    capability: str | None = None

    def demand(self, visit: Visit) -> None:
        """Raises Forbidden unless the user may see it."""
        if self.needs is not None and not visit.may(self.needs):
            raise Forbidden(f"Your role does not allow this ({self.needs}).")


class NavItem(Struct, frozen=True, kw_only=True):
    """A line of the sidebar; `also` are other paths that belong to it."""

    label: str
    path: str
    also: tuple[str, ...] = ()
