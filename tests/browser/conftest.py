"""One server and one Chromium for all tests of the dashboard; each test has cookies of its own."""

import os
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect

from tests.support.app import Account
from tests.support.chromium import NoChromium, chromium, chromium_program
from tests.support.house import House, house
from tests.support.javascript import install
from tests.support.servers import Servers

SECONDS_MAX = 120

expect.set_options(timeout=SECONDS_MAX * 1000)


@pytest.fixture(scope="package")
def served(running_servers: Servers) -> Generator[House]:
    """The server, on an empty database."""
    with (
        tempfile.TemporaryDirectory(prefix="peaswap-browser-") as folder,
        running_servers.database() as database,
        house(database, running_servers.redis_url("browser"), Path(folder)) as running,
    ):
        yield running


@pytest.fixture(scope="package")
def chrome() -> Generator[Browser]:
    """Chromium. Without one the tests of the browser cannot run: in CI that is a failure."""
    try:
        chromium_program()
    except NoChromium as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))
    with chromium() as running:
        yield running


@pytest.fixture
def account(served: House) -> Account:
    """A new account."""
    return served.run(served.api.open_account())


class Person:
    """Somebody at the browser. What the pages tried that they must not is remembered: `faults`."""

    def __init__(self, context: BrowserContext, served: House) -> None:
        self.context = context
        self.page = context.new_page()
        self.faults: list[str] = []
        self._url = served.url
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        """Listens to another tab."""
        page.on("pageerror", lambda problem: self.faults.append(f"error: {problem}"))
        page.on("dialog", self._met)
        page.on("console", lambda said: self._heard(said.text))
        page.on("request", lambda asked: self._asked(asked.url))

    def open(self, path: str) -> Page:
        """Goes to a page."""
        self.page.goto(self._url + path)
        return self.page

    def _met(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text or "Refused to" in text:
            self.faults.append(f"policy: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self._url, "data:", "blob:")):
            self.faults.append(f"left the host: {url}")


Meet = Callable[..., Person]


def follow(page: Page, leads: Locator) -> None:
    """Clicks on what leads to another page, or to the same one anew, and waits for it: what is asked of a page before
    its script has run is asked in vain."""
    with page.expect_event("load"):
        leads.click()


@pytest.fixture
def meet(chrome: Browser, served: House) -> Generator[Meet]:
    """Makes people: signed in as users of an account when told of a session. None may leave faults."""
    people: list[Person] = []

    def met(session: dict[str, Any] | None = None, **options: Any) -> Person:
        wanted: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        context = chrome.new_context(**wanted)
        context.set_default_timeout(SECONDS_MAX * 1000)
        if session is not None:
            context.add_cookies([session])  # pyright: ignore[reportArgumentType]
        person = Person(context, served)
        people.append(person)
        return person

    yield met
    for person in people:
        person.context.close()
    assert [fault for person in people for fault in person.faults] == []


@pytest.fixture
def owner(served: House, account: Account, meet: Meet) -> Person:
    """An owner of the account, at a browser."""
    return meet(served.session(account, f"owner.{account.id.lower()}@example.com"))


@pytest.fixture(scope="package")
def axe() -> str:
    """The text of axe-core."""
    return (install() / "node_modules" / "axe-core" / "axe.min.js").read_text()
