"""Every capability has a page unasked, and each page can be opened."""

import pytest

from services.billing.registry import CAPABILITIES
from services.core.capability import Capability
from services.dashboard.app import build_app
from services.dashboard.general import pages_beside
from services.dashboard.registry import KNOWN, PAGES, nav_of, places_of
from tests.dashboard.test_every_page import world_of
from tests.support.app import RunningApi, opened
from tests.support.browser import Browser, browser_of, signed_in_beside

READABLE = [each for each in CAPABILITIES if each.readable]


@pytest.mark.parametrize("capability", READABLE, ids=[each.name for each in READABLE])
def test_a_capability_has_a_page(capability: Capability) -> None:
    own = [page for page in PAGES if page.capability == capability.name and page.get is not None]
    assert any(page.path.endswith("/{id}") for page in own)


def test_the_sidebar_holds_the_list_of_a_capability_that_nobody_placed() -> None:
    assert nav_of(PAGES) == list(KNOWN)
    bare = nav_of(pages_beside(()))
    lists = {page.path for page in pages_beside(()) if "{" not in page.path}
    assert {each.path for each in bare} >= lists - {path for item in KNOWN for path in item.also}
    assert lists - {item.path for item in bare} - {path for item in bare for path in item.also} == set()


async def test_a_capability_without_a_line_about_it_has_a_list_and_a_page(api: RunningApi) -> None:
    """The server with no page but those that come by themselves: what a new capability would have."""
    here, pages = await signed_in_beside(api), pages_beside(())
    world = await world_of(api, "user_1")
    app = build_app(api.settings, pages)
    wrong: list[str] = []
    async with opened(app):
        here.client = browser_of(app, here.client.cookies)
        for prefix, path in places_of(pages).items():
            name = path.split("/")[1]
            await here.open(f"/dashboard/test/{name}/{world.ids[prefix]}")
            wrong += [] if here.status == 200 and world.ids[prefix] in here.page else [f"{here.status} {path}"]
            wrong += [f"text became an image on {path}"] if "<img" in here.page else []
            if f"/{name}" in {page.path for page in pages}:
                await here.open(f"/dashboard/test/{name}")
                wrong += [] if f"/{name}/{world.ids[prefix]}" in here.page else [f"not on its list: {path}"]
                wrong += [] if 'aria-current="page"' in here.page else [f"not in the sidebar: {path}"]
    assert wrong == []
    assert {"pay", "sub", "in", "cust"} <= set(places_of(pages))


def test_no_two_pages_have_one_path() -> None:
    paths = [page.path for page in PAGES]
    assert len(paths) == len(set(paths))


async def test_every_page_without_an_id_opens(api: RunningApi, owner: Browser) -> None:
    found: dict[str, int] = {}
    for path in {page.path for page in PAGES if page.get is not None and "{" not in page.path} | {
        each.path for each in nav_of(PAGES)
    }:
        for env in ("test", "live"):
            await owner.open(f"/dashboard/{env}{path}")
            found[f"{env}{path}"] = owner.status
    assert {path: status for path, status in found.items() if status != 200} == {}
    await owner.open("/dashboard/test/nowhere")
    assert owner.status == 404
    assert "There is no such page." in owner.page


async def test_the_switch_leads_to_the_other_environment(owner: Browser) -> None:
    for here, there in (("test", "live"), ("live", "test")):
        await owner.open(f"/dashboard/{here}/customers/new")
        assert f'<a href="/dashboard/{there}/customers" class="{there}">' in owner.page
        await owner.open(f"/dashboard/{here}/settings")
        assert f'<a href="/dashboard/{there}/settings" class="{there}">' in owner.page
