"""The API as a Litestar application, put together from the table of operations."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from msgspec import structs

from projections.operations import OPERATIONS as READS
from services.api.endpoint import Endpoint, Sent
from services.api.errors import RouteUnknown, WrongMethod, internal_problem, problem_of
from services.api.gateway_webhooks import PATH as GATEWAY_WEBHOOKS
from services.api.gateway_webhooks import GatewayWebhooks
from services.api.health import Health
from services.api.house import House
from services.api.reference import Reference
from services.api.sdk_packages import packages
from services.api.stripe_names import PATHS
from services.api.table import Application, Table
from services.billing.registry import OPERATIONS as WRITES
from services.core.garbage import collect_seldom
from services.core.ids import new_id
from services.core.log import get_logger
from services.core.operation import Operation
from services.core.settings import Settings

OPERATIONS: Sequence[Operation] = (*WRITES, *READS)

log = get_logger("api")


# What a floor above adds to the application: routes that are served beside those of the API.
Routes = Callable[[House], Sequence[HTTPRouteHandler]]


def build_app(settings: Settings, beside: Routes = lambda _house: ()) -> Litestar:
    """The application by these settings."""
    house = House(settings)
    health, reference = Health(house), Reference(OPERATIONS, settings.public_url)
    routes: list[HTTPRouteHandler] = [
        _plain("/healthz", health.alive),
        _plain("/readyz", health.ready),
        _plain("/metrics", health.metrics),
        _plain("/openapi.json", reference.document),
        _plain("/docs", reference.page),
        _plain("/docs/style.css", reference.style),
        *(_plain(f"/sdks/{name}", _file(content)) for name, content in packages().items()),
        _raw(GATEWAY_WEBHOOKS, GatewayWebhooks(house)),
        *beside(house),
    ]

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        async with house.open():
            collect_seldom()
            yield

    app = Application(
        routes, lifespan=[lifespan], openapi_config=None, exception_handlers={Exception: _unrouted}, logging_config=None
    )
    app.operations = Table(_endpoints(house))
    return app


def _endpoints(house: House) -> Mapping[str, Endpoint]:
    """The endpoint of each path, Stripe's names for some of them included."""
    found: dict[str, Endpoint] = {}
    for path, methods in _by_path().items():
        found[path] = Endpoint(house, path, methods)
        for alias in PATHS:
            beyond = path.removeprefix(alias.ours)
            if path.startswith(alias.ours) and beyond[:1] in {"", "/"}:
                found[alias.theirs + beyond] = Endpoint(house, path, methods, alias.defaults.get(path, {}))
    return found


def _by_path() -> Mapping[str, Mapping[str, Operation]]:
    found: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        methods = found.setdefault(operation.path, {})
        for method in operation.methods:
            assert method not in methods, f"two operations for {method} {operation.path}"
            methods[method] = operation
    return found


def _raw(path: str, webhooks: GatewayWebhooks) -> HTTPRouteHandler:
    """A POST that is signed as a whole: its bytes are read as they came."""

    async def serve(request: Request[Any, Any, Any]) -> ASGIResponse:
        return response(await webhooks.answer(cast("Mapping[str, Any]", request.scope), request.receive))

    return post(path, include_in_schema=False)(serve)


def _plain(path: str, answer: Callable[[], Awaitable[Sent]]) -> HTTPRouteHandler:
    """A GET that needs no key."""

    async def serve() -> ASGIResponse:
        sent = await answer()
        return response(structs.replace(sent, headers=[*sent.headers, (b"request-id", new_id("req").encode())]))

    return get(path, include_in_schema=False)(serve)


def _file(content: bytes) -> Callable[[], Awaitable[Sent]]:
    async def answer() -> Sent:
        return Sent(200, content, [(b"content-type", b"application/octet-stream")])

    return answer


def response(sent: Sent) -> ASGIResponse:
    """How Litestar sends it; a header may be there twice."""
    headers = [(name.decode(), value.decode()) for name, value in sent.headers]
    return ASGIResponse(body=sent.body, status_code=sent.status, headers=headers)


def _unrouted(_request: Request[Any, Any, Any], problem: Exception) -> Response[bytes]:
    """What never reached an operation: an unknown path, or a fault of the framework."""
    request_id = new_id("req")
    if isinstance(problem, MethodNotAllowedException):
        allow = (problem.headers or {}).get("allow", "GET")
        found = problem_of(WrongMethod(f"This path takes {allow}.", extra={"allow": allow}), request_id)
    elif isinstance(problem, HTTPException) and problem.status_code < 500:  # noqa: PLR2004
        found = problem_of(RouteUnknown("There is no such path. The reference at /docs lists them all."), request_id)
    else:
        log.error("request_failed", request=request_id, exc_info=problem)
        found = internal_problem(request_id)
    headers = {"Request-Id": request_id, **found.headers}
    return Response(found.body, status_code=found.status, media_type="application/json", headers=headers)
