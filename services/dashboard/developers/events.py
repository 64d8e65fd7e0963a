"""What happened: events with their objects."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.api.endpoint import Sent
from services.dashboard.developers.keys import TABS
from services.dashboard.general import listed_or_told, page_wanted, pager
from services.dashboard.page import Page, Visit

URL = "/v1/events"
READ = "events:read"
ROWS = 50


async def listed(visit: Visit) -> Sent:
    """The newest events, perhaps of a type or about an object."""
    chosen = {name: visit.text(name).strip() for name in ("type", "object_id")}
    wanted = {name: value or None for name, value in chosen.items()}
    found, errors = await listed_or_told(visit, URL, {**page_wanted(visit, ROWS), **wanted}, wanted)
    newer, older = pager(visit, found)
    return visit.render(
        "developers/events.html",
        status=400 if errors else 200,
        errors=errors,
        events=[{**each, "about": each["data"]["object"].get("id", "")} for each in found["data"]],
        chosen=chosen,
        filtered=any(chosen.values()),
        tabs_=_tabs(visit, "/events"),
        newer=newer,
        older=older,
    )


async def shown(visit: Visit) -> Sent:
    """An event, with the object as it was right after it."""
    event = await visit.ask("GET", f"{URL}/{visit.ids['id']}")
    data = event["data"]
    previous = data.get("previous_attributes")
    return visit.render(
        "developers/event.html",
        event=event,
        about=data["object"].get("id", ""),
        object_=_pretty(data["object"]),
        previous=_pretty(previous) if previous else None,
    )


def _pretty(value: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _tabs(visit: Visit, here: str) -> list[tuple[str, str, bool]]:
    return [(label, visit.url(path), path == here) for label, path in TABS]


PAGES = (
    Page(path="/events", get=listed, needs=READ),
    Page(path="/events/{id}", get=shown, needs=READ),
)
