"""Every page that there is, by the table of pages: who may see it, who may send it, what it does with rubbish."""

import asyncio
from typing import Any

import pytest

from projections.webhook_deliveries import routes
from services.billing.users import team
from services.dashboard.page import Page
from services.dashboard.registry import PAGES
from tests.support.app import RunningApi
from tests.support.browser import HOST, Browser, signed_in, signed_in_beside
from tests.support.world import World, build_world

HOSTILE = '"><img src=x onerror=alert(1)>'
OK, FORBIDDEN, NOT_FOUND, FAULT = 200, 403, 404, 500
RUBBISH = {"customer": HOSTILE, "price": HOSTILE, "amount": "1e99", "name": "\x00", "act": HOSTILE}
# Forms that only concern whoever sends them, or that every user may send.
OWN = {"/settings/me"}


async def world_of(api: RunningApi, user: str) -> World:
    """Something of everything, with hostile text wherever text can be."""
    loop = asyncio.get_running_loop()

    def call(method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = asyncio.run_coroutine_threadsafe(api.client.request(method, path, **more), loop).result(300)
        assert answer.is_success, answer.text
        return answer.json()

    built = await asyncio.to_thread(build_world, call, lambda purpose: f"{HOSTILE}{purpose}", user)
    await api.hand_out()
    return built


def address(page: Page, world: World) -> str:
    """Where the page is: with the id of something of this world in it."""
    found = world.paths(every=True).get(page.path)
    assert found is not None, f"nothing in tests/support/world.py gives an id for {page.path}"
    return found


async def sent(here: Browser, path: str, **fields: str) -> int:
    """How a form is answered, without following where it leads."""
    headers = {"Origin": HOST, "Referer": HOST + path}
    return (await here.client.post(path, data=fields, headers=headers)).status_code


async def test_each_page_is_shown_to_those_who_may_see_it_and_sent_by_those_who_may_write(api: RunningApi) -> None:
    owner = await signed_in_beside(api)
    account = (await api.client.get("/v1/account")).json()["id"]
    user = (await team.members(api.engine, account))[0].id
    world = await world_of(api, user)
    auditor = await signed_in_beside(api, email="auditor@example.com", role="AUDITOR")
    stranger = await signed_in(api, (await api.open_account()).id, email="stranger@example.com")
    await auditor.open("/dashboard/test")
    token = auditor.page.partition('name="csrf" value="')[2].partition('"')[0]
    before = (await api.client.get("/v1/events", params={"limit": 1})).json()["data"][0]["id"]
    wrong: list[str] = []
    for page in PAGES:
        path = address(page, world)
        if page.get is not None:
            await owner.open(path)
            wrong += [f"owner {owner.status} {path}"] if owner.status != OK else []
            wrong += [f"text became an image on {path}"] if "<img" in owner.page else []
            await auditor.open(path)
            wrong += [f"auditor {auditor.status} {path}"] if auditor.status not in {200, 403} else []
            await stranger.open(path)
            allowed = {403, 404} if "{" in page.path else {200}
            wrong += [f"stranger {stranger.status} {path}"] if stranger.status not in allowed else []
            wrong += [f"stranger sees {path}"] if "onerror" in stranger.page else []
        if page.post is not None and page.path not in OWN:
            wrong += [f"sent without a token: {path}"] if await sent(owner, path) != FORBIDDEN else []
            status = await sent(auditor, path, csrf=token)
            wrong += [f"auditor sent: {status} {path}"] if status not in {303, 400, 403} else []
        elif page.post is None:
            status = await sent(auditor, path, csrf=token)
            wrong += [f"sent to a page without a form: {status} {path}"] if status != NOT_FOUND else []
    assert wrong == []
    after = (await api.client.get("/v1/events", params={"limit": 1})).json()["data"][0]["id"]
    assert after == before, "somebody who may not has changed something"
    assert [each.role for each in await team.members(api.engine, account)] == ["OWNER", "AUDITOR"]


async def test_a_form_without_any_of_its_fields_is_refused_and_not_a_fault(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody delivers the test of an endpoint here, so nobody need wait for it.
    monkeypatch.setattr(routes, "TEST_SECONDS_MAX", 0.1)
    owner = await signed_in_beside(api)
    user = (await team.members(api.engine, (await api.client.get("/v1/account")).json()["id"]))[0].id
    world = await world_of(api, user)
    await owner.open("/dashboard/test")
    token = owner.page.partition('name="csrf" value="')[2].partition('"')[0]
    found: dict[str, int] = {}
    for page in PAGES:
        if page.post is not None:
            path = address(page, world)
            for fields in ({}, RUBBISH):
                status = await sent(owner, path, csrf=token, **fields)
                if status >= FAULT:
                    found[path] = status
    assert found == {}
