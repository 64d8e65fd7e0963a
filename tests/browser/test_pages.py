"""Every page: hostile text stays text, nothing leaves the host, and axe-core has nothing to say, light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Page

from services.billing.users import team
from tests.browser.conftest import Meet
from tests.support.app import Account
from tests.support.house import House
from tests.support.world import World, build_world

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="package")
def account(served: House) -> Account:
    """One account for all pages."""
    return served.run(served.api.open_account())


@pytest.fixture(scope="package")
def session(served: House, account: Account) -> dict[str, Any]:
    """Its owner's session."""
    return served.session(account, f"owner.{account.id.lower()}@example.com")


@pytest.fixture(scope="package")
def world(served: House, account: Account, session: dict[str, Any]) -> World:
    """Something of everything, with hostile text wherever text can be."""
    assert session

    def call(method: str, path: str, **more: Any) -> dict[str, Any]:
        return served.call(method, path, account.test_key, **more)

    user = served.run(team.members(served.api.engine, account.id))[0].id
    built = build_world(call, lambda purpose: f"{HOSTILE}{purpose}", user)
    served.run(served.api.hand_out())
    return built


AXE = "async (rules) => await axe.run(document, {resultTypes: ['violations'], ...rules})"
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What may differ on a phone: tables become lists there, and the sections hide behind a button.
PHONE = {
    "runOnly": {
        "type": "rule",
        "values": [
            *COLOURS["runOnly"]["values"],
            "scrollable-region-focusable",
            "td-headers-attr",
            "button-name",
            "label",
            "list",
            "region",
        ],
    }
}
PHONE_PIXELS = 360
PAGE_BYTES_MAX = 100_000


def _broken(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe-core has to say about the page as it is."""
    result: dict[str, Any] = page.evaluate(AXE, rules)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result["violations"]]


def test_every_page_is_sound(world: World, session: dict[str, Any], meet: Meet, axe: str) -> None:
    """Hostile text stays text, no script but ours runs, axe-core finds nothing in light and dark, it fits a phone."""
    person = meet(session, reduced_motion="reduce")
    sizes: list[int] = []
    person.page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", "0"))))
    found: dict[str, list[str]] = {}
    seen = 0
    for path in [*world.paths().values(), "/dashboard/test/nowhere"]:
        sizes.clear()
        page = person.open(path)
        wrong = _told(page)
        seen += HOSTILE in page.locator("body").inner_text()
        wrong += _without_a_mouse(page)
        page.evaluate(axe)
        wrong += _broken(page, {})
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": PHONE_PIXELS, "height": 740})
        wrong += [f"dark, on a phone: {each}" for each in _broken(page, PHONE)]
        width: int = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{width} pixels wide"] if width > PHONE_PIXELS else []
        wrong += [f"{sum(sizes)} bytes"] if sum(sizes) > PAGE_BYTES_MAX else []
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light")
        if wrong:
            found[path] = wrong
    assert found == {}
    assert seen > len(world.ids) // 2


def _told(page: Page) -> list[str]:
    wrong = [] if page.locator("h1").count() else ["no heading"]
    wrong += ["an image that somebody typed"] if page.locator("img").count() else []
    return wrong + ([] if page.locator("main").inner_text().strip() else ["nothing on it"])


def _without_a_mouse(page: Page) -> list[str]:
    """The arrows reach the rows of every table that has rows to open, and tell the values of a chart."""
    wrong: list[str] = []
    if page.locator("table.rows .row-link").count():
        page.locator("#main").focus()
        page.keyboard.press("ArrowDown")
        there: bool = page.evaluate("document.activeElement.matches('.row-link')")
        wrong += [] if there else ["no row by the keyboard"]
    if page.locator(".drawing").count():
        page.locator(".drawing").first.focus()
        page.keyboard.press("ArrowLeft")
        wrong += [] if "$" in page.locator(".tip").inner_text() else ["no value by the keyboard"]
        page.keyboard.press("Tab")
        wrong += ["a value that stays"] if page.locator(".tip").count() else []
    return wrong


def test_the_door_is_sound(meet: Meet, axe: str) -> None:
    person = meet(reduced_motion="reduce")
    for path in ("/dashboard/sign-in", "/dashboard/link/unknown"):
        page = person.open(path)
        page.evaluate(axe)
        assert _broken(page, {}) == [], path
        page.emulate_media(color_scheme="dark")
        assert _broken(page, COLOURS) == [], path
