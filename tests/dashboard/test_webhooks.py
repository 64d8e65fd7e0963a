"""Webhook endpoints in the dashboard: from adding one to deleting it."""

import re

from tests.support.app import RunningApi
from tests.support.browser import signed_in_beside

AT = "/dashboard/test"


async def test_an_endpoint_is_added_changed_rolled_and_deleted(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    await here.open(f"{AT}/webhook_endpoints/new")
    form = {"url": "https://hooks.example.com/peaswap", "description": "<b>Hooks</b>"}
    await here.send(f"{AT}/webhook_endpoints/new", **form, enabled_events="nothing.at_all")
    assert here.status == 400
    assert "There is no type of event" in here.page
    await here.send(f"{AT}/webhook_endpoints/new", **form, enabled_events="customer.*\ninvoice.paid")
    assert here.status == 200
    first = re.findall(r"whsec_[\w+/=]+", here.page)[0]
    endpoint = re.findall(rf"{AT}/webhook_endpoints/we_\w+", here.page)[0]

    await here.open(endpoint)
    assert "No deliveries yet" in here.page
    assert "<b>Hooks" not in here.page
    assert first not in here.page
    await here.open(f"{endpoint}/roll")
    await here.send(f"{endpoint}/roll", grace_seconds="3600")
    assert re.findall(r"whsec_[\w+/=]+", here.page)[0] != first
    await here.open(f"{endpoint}/edit")
    await here.send(f"{endpoint}/edit", **form, enabled_events="*")
    assert "Changes saved." in here.page
    assert "Disabled" in here.page

    await api.create_customer(name="Ada")
    await here.open(f"{AT}/events")
    event = re.findall(rf"{AT}/events/evt_\w+", here.page)[0]
    await here.open(f"{event}/resend")
    assert form["url"] in here.page

    await here.open(f"{endpoint}/delete")
    await here.send(f"{endpoint}/delete")
    assert "Webhook endpoint deleted." in here.page


async def test_an_event_is_sent_again_to_any_of_many_endpoints(api: RunningApi) -> None:
    """More than fit a list to choose from: they are found by a part of their address, their description or their id."""
    urls = [f"https://93.184.215.14/hooks/{number}/peaswap" for number in range(101)]
    made = [
        (await api.client.post("/v1/webhook_endpoints", json={"url": url, "enabled_events": ["customer.*"]})).json()
        for url in urls
    ]
    oldest, url = made[0]["id"], urls[0]
    await api.create_customer(name="Ada")
    event = (await api.client.get("/v1/events", params={"type": "customer.created"})).json()["data"][0]["id"]
    here = await signed_in_beside(api)
    again = f"{AT}/events/{event}/resend"
    for typed in ("hooks/0/pea", url, oldest):
        await here.open(again)
        assert f'value="{oldest}"' not in here.page
        await here.send(again, endpoint=typed)
        assert (here.at, "The event is being sent again." in here.page) == (f"{AT}/webhook_endpoints/{oldest}", True)
    for typed, said in (
        ("peaswap", "Several webhook endpoints fit this."),
        ("nowhere", "No webhook endpoint is called"),
    ):
        await here.open(again)
        await here.send(again, endpoint=typed)
        assert (here.status, said in here.page) == (400, True), typed
    await here.open(f"{again}?endpoint={oldest}")
    assert url in here.page
