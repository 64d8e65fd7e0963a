"""`peaswap screenshots`: every page as people see it, wide and narrow, light and dark."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import click
from playwright.sync_api import Browser

from services.billing.users import team
from tests.support.app import Account
from tests.support.chromium import NoChromium, chromium
from tests.support.house import House, house
from tests.support.servers import servers
from tests.support.world import World, build_world

ROOT = Path(__file__).resolve().parents[2]
SIZES: tuple[tuple[int, int], ...] = ((1440, 900), (360, 740))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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
PEOPLE = (
    ("Grace Hopper", "grace@cobol.example", "+1 202 555 0101"),
    ("Alan Turing", "alan@bletchley.example", None),
    ("Katherine Johnson", "katherine@orbits.example", "+1 757 555 0142"),
    ("Acme Corporation", "accounting@acme.example", "+1 415 555 0199"),
    ("Hedy Lamarr", "hedy@spread.example", None),
    ("Edsger Dijkstra", "edsger@paths.example", "+31 40 555 0100"),
    ("Barbara Liskov", "barbara@clu.example", "+1 617 555 0110"),
)


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

    for name, email, phone in PEOPLE:
        person = call("POST", "/v1/customers", json={"name": name, "email": email, "phone": phone})["id"]
        for amount in (1_900, 4_900, 24_900)[: len(name) % 4]:
            body = {"amount": amount, "currency": "usd", "customer": person, "description": "Engine hours"}
            call("POST", "/v1/payments", json=body)
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
                page.screenshot(path=file, full_page=True)
                yield file
            context.close()
