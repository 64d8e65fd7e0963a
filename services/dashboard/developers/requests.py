"""The latest requests of programs to the API: what was called, by which key, how it was answered, how long it took."""

from collections.abc import Mapping, Sequence
from typing import Any

from redis.exceptions import RedisError

from services.api.endpoint import Sent
from services.api.request_log import KEPT_MAX, Noted
from services.dashboard.developers.keys import TABS
from services.dashboard.page import Page, Visit

READ = "events:read"
ROWS = 50
KEYS_SHOWN = "100"
EVENTS_LOOKED_AT = "100"
PAGE_DIGITS_MAX = 4
STATUSES: Mapping[str, tuple[str, range]] = {
    "": ("Any", range(0, 600)),
    "2xx": ("Succeeded (2xx)", range(200, 300)),
    "4xx": ("Refused (4xx)", range(400, 500)),
    "402": ("Declined (402)", range(402, 403)),
    "429": ("Too many (429)", range(429, 430)),
    "5xx": ("Failed (5xx)", range(500, 600)),
}


async def listed(visit: Visit) -> Sent:
    """The newest requests, perhaps of a status, a path or an id."""
    chosen = {name: visit.text(name).strip() for name in ("status", "path", "id")}
    status = chosen["status"] if chosen["status"] in STATUSES else ""
    wanted, text, id = STATUSES[status][1], chosen["path"].lower(), chosen["id"]

    def fits(noted: Noted) -> bool:
        called = f"{noted.method} {noted.path}".lower()
        return noted.status in wanted and text in called and id in {"", noted.id, noted.key}

    away = False
    found: Sequence[Noted] = ()
    try:
        await visit.house.requests.flush()
        found = await visit.house.requests.latest(visit.desk.envelope.tenant, fits)
    except (RedisError, OSError):
        away = True
    page = _page(visit.text("page"))
    shown = found[page * ROWS : (page + 1) * ROWS]
    return visit.render(
        "developers/requests.html",
        rows=[_row(each) for each in shown],
        keys=await _keys(visit),
        events=await _events(visit) if shown else {},
        chosen=chosen,
        statuses=[(name, label) for name, (label, _) in STATUSES.items()],
        filtered=any(chosen.values()),
        away=away,
        kept=KEPT_MAX,
        tabs_=[(label, visit.url(path), path == "/requests") for label, path in TABS],
        newer=visit.with_query(page=str(page - 1) if page > 1 else None) if page else None,
        older=visit.with_query(page=str(page + 1)) if len(found) > (page + 1) * ROWS else None,
    )


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < PAGE_DIGITS_MAX else 0


def _row(noted: Noted) -> dict[str, Any]:
    tone = "good" if noted.status in STATUSES["2xx"][1] else "bad" if noted.status in STATUSES["5xx"][1] else "wait"
    return {
        "id": noted.id,
        "at": noted.at // 1000,
        "method": noted.method,
        "path": noted.path,
        "status": noted.status,
        "tone": tone,
        "ms": noted.ms,
        "key": noted.key,
    }


async def _keys(visit: Visit) -> Mapping[str, str]:
    """What the keys are called, by their ids."""
    if not visit.may("api_keys:read"):
        return {}
    found = await visit.ask("GET", "/v1/api_keys", {"limit": KEYS_SHOWN})
    return {each["id"]: each["name"] or f"…{each['last4']}" for each in found["data"]}


async def _events(visit: Visit) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """What the latest of them changed, by their ids."""
    found = await visit.ask("GET", "/v1/events", {"limit": EVENTS_LOOKED_AT})
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for event in found["data"]:
        if event["request"]["id"] is not None:
            grouped.setdefault(event["request"]["id"], []).insert(0, event)
    return grouped


PAGES = (Page(path="/requests", get=listed, needs=READ),)
