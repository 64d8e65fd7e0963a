"""`peaswap screenshots`: every page as people see it, wide and narrow, light and dark."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import click
from playwright.sync_api import Browser

from services.billing.users import team
from services.core.log import set_up_logging
from tests.browser.business import build_business
from tests.support.app import Account
from tests.support.chromium import NoChromium, chromium
from tests.support.house import House, house
from tests.support.servers import servers
from tests.support.world import World, build_world

ROOT = Path(__file__).resolve().parents[2]
SIZES: tuple[tuple[int, int], ...] = ((1440, 900), (360, 740))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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
            chromium() as browser,
        ):
            account = served.run(served.api.open_account("Analytical Engines"))
            session = served.session(account, "owner@example.com")
            world = _world(served, account)
            for file in _taken(browser, served, session, world, folder, only):
                click.echo(file.name)
    except NoChromium as problem:
        raise click.ClickException(str(problem)) from None


def _world(served: House, account: Account) -> World:
    def call(method: str, path: str, **more: Any) -> dict[str, Any]:
        return served.call(method, path, account.test_key, **more)

    def advance(clock: str, at: int) -> None:
        call("POST", f"/v1/test_helpers/test_clocks/{clock}/advance", json={"frozen_time": at})
        while call("GET", f"/v1/test_helpers/test_clocks/{clock}")["status"] != "READY":
            served.run(served.api.attend())

    build_business(call, advance, int(time.time()))
    user = served.run(team.members(served.api.engine, account.id))[0].id
    world = build_world(call, lambda purpose: TEXTS[purpose], user)
    call("PUT", f"/v1/customers/{world.ids['cust']}", json={"metadata": {"contract": "CONTRACT_2024_001"}})
    return world


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
