"""What was sent of an event, to each endpoint or to one: every try with its request, and what came back."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.api.endpoint import Sent
from services.core.refusal import Missing
from services.dashboard.developers.webhooks import ENDPOINTS_SHOWN, READ, URL
from services.dashboard.page import Page, Visit

DELIVERIES_SHOWN = "10"


async def shown(visit: Visit) -> Sent:
    """The body, and by endpoint the deliveries with their tries."""
    event = await visit.ask("GET", f"/v1/events/{visit.ids['id']}")
    endpoints = await _endpoints(visit)
    found = await asyncio.gather(*(_sent(visit, each, event["id"]) for each in endpoints))
    return visit.render(
        "developers/deliveries.html",
        event=event,
        endpoint=endpoints[0] if visit.text("endpoint") else None,
        deliveries=[each for sent in found for each in sent],
        body=msgspec.json.encode(event).decode(),
        readable=msgspec.json.format(msgspec.json.encode(event), indent=2).decode(),
    )


async def _endpoints(visit: Visit) -> Sequence[Mapping[str, Any]]:
    """The one that the address names; without one, all."""
    named = visit.text("endpoint")
    if named:
        return [(await visit.desk.shown("webhook_endpoints", named)).view]
    return (await visit.ask("GET", URL, {"limit": ENDPOINTS_SHOWN}))["data"]


async def _sent(visit: Visit, endpoint: Mapping[str, Any], event: str) -> Sequence[Mapping[str, Any]]:
    wanted = {"event": event, "limit": DELIVERIES_SHOWN}
    try:
        found = await visit.ask("GET", f"{URL}/{endpoint['id']}/deliveries", wanted)
    except Missing:
        return []
    moments = {each["created"] for delivery in found["data"] for each in delivery["attempts"]}
    urls = dict(zip(moments, await asyncio.gather(*(_url(visit, endpoint, at) for at in moments)), strict=True))
    return [
        {**each, "endpoint": endpoint, "attempts": [{**one, "url": urls[one["created"]]} for one in each["attempts"]]}
        for each in found["data"]
    ]


async def _url(visit: Visit, endpoint: Mapping[str, Any], at: int) -> str:
    """Where the endpoint was at that moment: it may have moved since."""
    try:
        then = await visit.ask("GET", f"{URL}/{endpoint['id']}", {"as_of": str(at)})
    except Missing:
        then = endpoint
    return str(then["url"])


PAGES = (Page(path="/events/{id}/deliveries", get=shown, needs=READ),)
