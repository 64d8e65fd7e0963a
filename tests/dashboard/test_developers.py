"""API keys, events, requests, the system and search in the dashboard."""

import re

import httpx

from services.billing.api_keys.routes import RESOURCES
from tests.support.app import RunningApi
from tests.support.browser import signed_in, signed_in_beside
from tests.support.models import run_down
from workers.jobs import do_next_job

AT = "/dashboard/test"
SECRET = re.compile(r"[sr]k_test_\w+")


async def status_of(api: RunningApi, key: str, path: str) -> int:
    """How the API answers this key."""
    return (await api.call("GET", path, key)).status_code


async def test_a_restricted_key_is_made_rolled_and_revoked(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    form = {f"may_{name}": "none" for name in RESOURCES} | {"may_customers": "read"}
    await here.open(f"{AT}/api_keys/new")
    await here.send(f"{AT}/api_keys/new", name="<b>Shop</b>", expires="2001-01-01T00:00", kind="restricted", **form)
    assert here.status == 400
    assert "must lie in the future" in here.page
    await here.send(f"{AT}/api_keys/new", name="<b>Shop</b>", expires="", kind="restricted", **form)
    assert "<b>Shop" not in here.page
    first = SECRET.findall(here.page)[0]
    key = re.findall(r"/dashboard/test/api_keys/key_\w+", here.page)[0]
    assert await status_of(api, first, "/v1/customers") == httpx.codes.OK
    assert await status_of(api, first, "/v1/payments") == httpx.codes.FORBIDDEN

    await here.open(key)
    assert first not in here.page
    await here.open(f"{key}/roll")
    await here.send(f"{key}/roll", grace_seconds="3600")
    second = SECRET.findall(here.page)[0]
    assert second != first
    assert [await status_of(api, each, "/v1/customers") for each in (first, second)] == [httpx.codes.OK] * 2

    await here.open(f"{key}/revoke")
    await here.send(f"{key}/revoke")
    assert "Key revoked." in here.page
    assert f"{key}/roll" not in here.page


async def test_only_owners_make_keys(api: RunningApi) -> None:
    member = await signed_in_beside(api, email="member@example.com", role="MEMBER")
    await member.open(f"{AT}/api_keys")
    assert member.status == 200
    assert "Create key" not in member.page
    await member.open(f"{AT}/api_keys/new")
    assert member.status == 403


async def test_what_happened_is_told_and_everything_is_found(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    customer = await api.create_customer(name="Grace <i>Hopper</i>", email="grace@example.com")
    await here.open(f"{AT}/events?type=customer.created")
    event = re.findall(rf"{AT}/events/evt_\w+", here.page)[0]
    await here.open(event)
    assert "&lt;i&gt;Hopper" in here.page
    assert f"{AT}/customers/{customer['id']}" in here.page
    await here.open(f"{AT}/requests")
    assert event in here.page
    assert "<b>POST</b> /v1/customers</code>" in here.page
    for query, count in (("status=5xx", 0), ("status=2xx", 2), ("path=post+/v1/cust", 1), ("id=<b>", 0), ("page=9", 0)):
        await here.open(f"{AT}/requests?{query}")
        assert here.page.count('class="called"') == count, query
    for path in ("events?type=nothing.at_all", "payments?status=GRANTED"):
        await here.open(f"{AT}/{path}")
        assert here.status == 400
        assert 'class="error" id="' in here.page, path
        assert "Nothing matches" in here.page

    for query in (customer["id"], "grace@", "hopper", event.rpartition("/")[2]):
        await here.open(f"{AT}/search?q={query}")
        assert "Nothing found" not in here.page, query
        assert "<i>Hopper" not in here.page
    await here.open(f"{AT}/search?q=pay_nowhere")
    assert "Nothing found" in here.page
    await here.open(f"/dashboard/live/search?q={customer['id']}")
    assert "Nothing found" in here.page


async def test_the_system_page_shows_every_read_model(api: RunningApi) -> None:
    here = await signed_in_beside(api, email="auditor@example.com", role="AUDITOR")
    await here.open(f"{AT}/system")
    models = (await api.client.get("/v1/system/projections")).json()["data"]
    assert here.page.count("<progress") == len(models)
    assert "None. The gateway has answered" in here.page
    assert "/system/rebuild" not in here.page


async def test_owners_rebuild_and_verify_and_everybody_sees_what_came_of_it(api: RunningApi) -> None:
    owner = await signed_in_beside(api)
    member = await signed_in_beside(api, email="member@example.com", role="MEMBER")
    for path in ("rebuild", "verify"):
        await member.open(f"{AT}/system/{path}")
        assert member.status == httpx.codes.FORBIDDEN
        await member.open(f"{AT}/system")
        await member.send(f"{AT}/system/{path}", name="objects")
        assert member.status == httpx.codes.FORBIDDEN
    await owner.open(f"{AT}/system/rebuild?name=objects")
    assert '<option value="objects" selected>' in owner.page
    for say in ("is being rebuilt", "under way already"):
        await owner.open(f"{AT}/system/rebuild?name=objects")
        await owner.send(f"{AT}/system/rebuild", name="objects")
        assert say in owner.page
    assert "Rebuilding" in owner.page
    await owner.open(f"{AT}/system/verify")
    await owner.send(f"{AT}/system/verify")
    assert "Waiting for a worker." in owner.page
    while await do_next_job(api.engine, api.settings):
        pass
    await member.open(f"{AT}/system")
    assert "The log holds" in member.page
    assert "no row differed" in member.page
    assert "asked for by Ada" in member.page
    assert "events of" in member.page
    stranger = await signed_in(api, (await api.open_account()).id, email="elsewhere@example.com")
    await stranger.open(f"{AT}/system")
    assert ("The log holds." in stranger.page, "events of" in stranger.page) == (True, False)
    assert "Somebody who is not of this account" in stranger.page
    where = "The log does NOT hold. shard 0, position 7, customer-cust_secret version 1"
    await api.engine.store.pool.execute(
        "update es.jobs set succeeded = false, outcome = $1 where kind = 'verify'", where
    )
    await owner.open(f"{AT}/system")
    await stranger.open(f"{AT}/system")
    assert ("cust_secret" in owner.page, "cust_secret" in stranger.page) == (True, False)
    assert "The log does not hold." in stranger.page
    await owner.open("/dashboard/live/system/rebuild?name=%3Cb%3E")
    await owner.send("/dashboard/live/system/rebuild", name="<b>")
    assert "<b>" not in owner.page


async def test_parked_work_says_why_and_what_to_do(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    payment = {"amount": 100, "currency": "usd", "payment_method": "pm_card_timeout_then_success"}
    made = (await api.client.post("/v1/payments", json=payment, headers={"Prefer": "respond-async"})).json()["id"]
    await run_down(api)
    await api.engine.store.pool.execute(
        "update rm_due.due set tries = 3, problem = $1, claimed_until = now() + interval '1 hour' where id = $2",
        "GatewayAway: It said <b>no</b>.",
        made,
    )
    await here.open(f"{AT}/system")
    assert "It said &lt;b&gt;no" in here.page
    assert "The gateway does not answer. Once it does, this goes on by itself." in here.page
    assert "3 tries, again in" in here.page
    stranger = await signed_in(api, (await api.open_account()).id, email="stranger@example.com")
    await stranger.open(f"{AT}/system")
    assert made not in stranger.page
