"""`peaswap screenshots`: every page as people see it, wide and narrow, light and dark."""

import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from msgspec import structs
from playwright.sync_api import Browser

from services.billing.users import team
from services.core.log import set_up_logging
from services.core.outbound import Outbound
from tests.browser.business import build_business
from tests.support.app import Account
from tests.support.chromium import NoChromium, chromium
from tests.support.house import House, house
from tests.support.processes import until
from tests.support.receiver import Received, Receiver, Reply, receiver
from tests.support.servers import servers
from tests.support.world import World, build_world
from workers.webhooks.deliverer import Deliverer
from workers.webhooks.sending import Sender

ROOT = Path(__file__).resolve().parents[2]
SIZES: tuple[tuple[int, int], ...] = ((1440, 900), (360, 740))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TICK_SECONDS = 0.05
PAGE_HEIGHT = "document.documentElement.scrollHeight"
TEXTS = {
    "name": "Ada Lovelace",
    "description": "Analytical engines by subscription",
    "line1": "12 St James's Square",
    "city": "London",
    "key": "plan",
    "value": "Founders",
    "product": "Engine hours",
    "nickname": "Engine hours, monthly",
    "payment": "Premium subscription",
    "item": "Setting up",
    "invoice": "Thank you for your business.",
    "clock": "Winter",
    "endpoint": "The shop",
    "key name": "Web shop",
}


@click.command("screenshots")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=ROOT / ".peaswap" / "screenshots",
    help="Where the pictures go. Default: .peaswap/screenshots",
)
@click.option("--only", default="", help="Only pages whose path holds this.")
def screenshots(folder: Path, only: str) -> None:
    """Take a picture of every page of the dashboard at 1440 and 360 pixels, light and dark.

    Everything runs on servers of its own, with an account that has something of everything, and is removed afterwards.

    \b
    Exit codes: 0 done, 1 there is no Chromium.
    """
    set_up_logging(level="error", fmt="console")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="peaswap-pictures-") as place,
            servers() as running,
            running.database() as database,
            house(database, running.valkey.url, Path(place)) as served,
            _delivering(served) as inbox,
            chromium() as browser,
        ):
            account = served.run(served.api.open_account("Analytical Engines"))
            session = served.session(account, "owner@example.com")
            world = _world(served, account, inbox)
            for file in _taken(browser, served, session, world, folder, only):
                click.echo(file.name)
    except NoChromium as problem:
        raise click.ClickException(str(problem)) from None


@contextmanager
def _delivering(served: House) -> Generator[Receiver]:
    """A receiver of webhooks, and a worker that delivers to it."""
    stack = AsyncExitStack()

    async def begin() -> Receiver:
        sender = Sender(Outbound(allow_loopback=True))
        deliverer = Deliverer(served.api.engine, sender, 0, TICK_SECONDS)
        stack.push_async_callback(sender.close)
        inbox = await stack.enter_async_context(receiver())
        deliverer.start()
        stack.push_async_callback(deliverer.stop)
        inbox.behaviours["/ledger"] = _closed
        return inbox

    try:
        yield served.run(begin())
    finally:
        served.run(stack.aclose())


async def _closed(_received: Received) -> Reply:
    return Reply(status=503, body=b"The ledger is closed for the night.")


def _world(served: House, account: Account, inbox: Receiver) -> World:
    def call(method: str, path: str, **more: Any) -> dict[str, Any]:
        return served.call(method, path, account.test_key, **more)

    def advance(clock: str, at: int) -> None:
        call("POST", f"/v1/test_helpers/test_clocks/{clock}/advance", json={"frozen_time": at})
        while call("GET", f"/v1/test_helpers/test_clocks/{clock}")["status"] != "READY":
            served.run(served.api.attend())

    build_business(call, advance, int(time.time()))
    user = served.run(team.members(served.api.engine, account.id))[0].id
    world = build_world(call, lambda purpose: TEXTS[purpose], user, inbox.url("/hooks"))
    ledger = {"url": inbox.url("/ledger"), "enabled_events": ["customer.*"], "description": "The ledger"}
    call("POST", "/v1/webhook_endpoints", json=ledger)
    customer = world.ids["cust"]
    body = {"amount": 4_900, "currency": "usd", "customer": customer, "description": TEXTS["payment"]}
    call("POST", "/v1/payments", json=body)
    call("PUT", f"/v1/customers/{customer}", json={"metadata": {"contract": "CONTRACT_2024_001"}})
    newest = call("GET", "/v1/events")["data"][0]["id"]
    served.run(until(lambda: _tried(inbox, newest)))
    lived = call("GET", "/v1/test_helpers/test_clocks")["data"][-1]["id"]
    return structs.replace(world, ids={**world.ids, "evt": newest, "clock": lived})


async def _tried(inbox: Receiver, event: str) -> bool | None:
    """Whether both endpoints have heard of the event."""
    return {each.path for each in inbox.received if each.id == event} == {"/hooks", "/ledger"} or None


def _taken(
    browser: Browser, served: House, session: dict[str, Any], world: World, folder: Path, only: str
) -> Iterator[Path]:
    paths = {name or "/": path for name, path in world.paths().items() if only in name}
    for width, height in SIZES:
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                locale="en-GB",
                timezone_id="UTC",
                reduced_motion="reduce",
            )
            page = context.new_page()
            # At the door nobody is signed in yet.
            rest = {"sign-in": "/dashboard/sign-in"} if only in "sign-in" else {}
            for name, path in (rest | paths).items():
                if path == next(iter(paths.values()), None):
                    context.add_cookies([session])  # pyright: ignore[reportArgumentType]
                page.goto(f"{served.url}{path}")
                stem = name.strip("/").replace("/", "-").replace("{id}", "one") or "home"
                file = folder / f"{stem}.{width}.{scheme}.png"
                # The frame fills the window, so the window is made as high as the page.
                page.set_viewport_size({"width": width, "height": max(height, page.evaluate(PAGE_HEIGHT))})
                page.screenshot(path=file)
                page.set_viewport_size({"width": width, "height": height})
                yield file
            context.close()
