"""The whole server: the API, and the dashboard above it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from litestar import Litestar, Request, get, route
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from services.api import app as api
from services.api.endpoint import Sent, headers_of
from services.api.house import House
from services.core.log import set_up_logging
from services.core.settings import Settings, load_settings
from services.dashboard.assets import Assets
from services.dashboard.door import HOME
from services.dashboard.front import Front
from services.dashboard.hosted.fonts import warm as warm_fonts
from services.dashboard.hosted.pages import Hosted
from services.dashboard.page import Page
from services.dashboard.registry import PAGES, nav_of, places_of
from services.dashboard.rendering import warm

DOOR = re.compile(r"/dashboard/(?:sign-in|sign-out|link/(?P<token>[\w-]{1,100}))")
ASSET = re.compile(r"/dashboard/static/([\w.-]+)")
INSIDE = re.compile(r"/dashboard/(test|live)(/.*)?")
METHODS = [HttpMethod.GET, HttpMethod.POST]


def create_app() -> Litestar:
    """The server by the settings of the environment."""
    settings = load_settings()
    set_up_logging(level=settings.log_level, fmt=settings.log_format)
    warm()
    warm_fonts()
    return build_app(settings)


def build_app(settings: Settings, pages: Sequence[Page] = PAGES) -> Litestar:
    """The server by these settings, with these pages."""
    return api.build_app(settings, beside=lambda house: _routes(house, pages))


class Dashboard:
    """Every path below /dashboard."""

    def __init__(self, house: House, pages: Sequence[Page]) -> None:
        self._front = Front(house, nav_of(pages), places_of(pages))
        self._assets = Assets()
        self._pages = [(_pattern(page.path), page) for page in _ordered(pages)]

    async def answer(self, request: Request[Any, Any, Any]) -> Sent:
        """What the browser gets."""
        scope = cast("Mapping[str, Any]", request.scope)
        path = str(scope["path"])
        if asset := ASSET.fullmatch(path):
            found = self._assets.answer(asset[1], headers_of(scope))
            return found or Sent(404, b"", [(b"content-type", b"text/plain")])
        if door := DOOR.fullmatch(path):
            return await self._front.at_door(scope, request.receive, door["token"])
        inside = INSIDE.fullmatch(path)
        if inside is None and path.rstrip("/") in {"", "/dashboard"}:
            return Sent(303, b"", [(b"location", HOME.encode())])
        below = (inside[2] or "").rstrip("/") if inside else "/?"
        for pattern, page in self._pages:
            if match := pattern.fullmatch(below):
                return await self._front.answer(
                    {**scope, "path_params": match.groupdict()}, request.receive, page, inside[1] if inside else "test"
                )
        return await self._front.answer(scope, request.receive, None, inside[1] if inside else "test")


def _routes(house: House, pages: Sequence[Page]) -> Sequence[HTTPRouteHandler]:
    dashboard, hosted = Dashboard(house, pages), Hosted(house)

    async def serve(request: Request[Any, Any, Any]) -> ASGIResponse:
        return api.response(await dashboard.answer(request))

    async def host(request: Request[Any, Any, Any]) -> ASGIResponse:
        return api.response(await hosted.answer(cast("Mapping[str, Any]", request.scope)))

    paths = ["/", "/dashboard", "/dashboard/{rest:path}"]
    return [
        route(paths, http_method=METHODS, include_in_schema=False)(serve),
        get("/i/{rest:path}", include_in_schema=False)(host),
    ]


def _ordered(pages: Sequence[Page]) -> Sequence[Page]:
    """Paths without ids come before those with."""
    return sorted(pages, key=lambda page: page.path.count("{"))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
