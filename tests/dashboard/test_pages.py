"""Every capability has a page unasked, and each page can be opened."""

import pytest

from services.billing.registry import CAPABILITIES
from services.core.capability import Capability
from services.dashboard.registry import NAV, PAGES
from tests.support.app import RunningApi
from tests.support.browser import Browser

READABLE = [each for each in CAPABILITIES if each.readable]


@pytest.mark.parametrize("capability", READABLE, ids=[each.name for each in READABLE])
def test_a_capability_has_a_page(capability: Capability) -> None:
    own = [page for page in PAGES if page.capability == capability.name and page.get is not None]
    assert any(page.path.endswith("/{id}") for page in own)


def test_no_two_pages_have_one_path() -> None:
    paths = [page.path for page in PAGES]
    assert len(paths) == len(set(paths))


async def test_every_page_without_an_id_opens(api: RunningApi, owner: Browser) -> None:
    found: dict[str, int] = {}
    for path in {page.path for page in PAGES if page.get is not None and "{" not in page.path} | {n.path for n in NAV}:
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
