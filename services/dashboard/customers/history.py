"""A customer's history: who did what and when, and the customer as of any moment of it."""

from collections.abc import Mapping
from typing import Any, cast

from services.api.endpoint import Sent
from services.billing.users import team
from services.core.refusal import Invalid
from services.dashboard.formatting import instant, money, words
from services.dashboard.general import kind_of
from services.dashboard.page import Page, Visit

URL = "/v1/customers"
SHOWN = 40
TEXT_CHARACTERS_MAX = 300
FEW = 3
UNTOLD = frozenset({"id", "object", "livemode", "updated"})
# What of a new object is told at once; the rest waits behind "Details".
FIRST = frozenset({"name", "email", "phone", "amount", "total", "total_amount", "status", "description", "number"})
ACTORS: Mapping[str, str] = {"system": "The system", "scheduler": "The scheduler", "worker": "A worker"}


async def shown(visit: Visit) -> Sent:
    """The part of the timeline that holds the chosen event, newest first, and the customer as that event left it."""
    id = visit.ids["id"]
    part = await _part(visit, id)
    count, entries = part["total_count"], part["data"]
    named = visit.text("at")
    entry = next((each for each in entries if named in (each["id"], str(each["number"]))), entries[-1])
    names = {user.id: user.name for user in await team.members(visit.house.engine, visit.account.id)}
    then = await visit.desk.as_of("customers", id, entry["position"])
    now = await visit.desk.shown("customers", id)
    top, bottom = entries[-1]["number"], entries[0]["number"] - 1
    return visit.render(
        "customers/history.html",
        customer=now.view,
        entries=[_told(visit, each, names) for each in reversed(entries)],
        newer=visit.with_query(at=str(min(top + SHOWN, count))) if top < count else None,
        older=visit.with_query(at=str(bottom)) if bottom else None,
        count=count,
        entry=_told(visit, entry, names),
        then=_facts(visit, then or {}, now.view),
    )


async def _part(visit: Visit, id: str) -> Mapping[str, Any]:
    """The entries around the event that the address names, by number or id; else the latest."""
    url, limit = f"{URL}/{id}/history", str(SHOWN)
    try:
        return await visit.ask("GET", url, {"limit": limit, "holding": visit.text("at") or "newest"})
    except Invalid:
        return await visit.ask("GET", url, {"limit": limit, "holding": "newest"})


def _told(visit: Visit, entry: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    changes = _changes(visit, entry)
    kind, id = entry["actor"]["type"], entry["actor"]["id"]
    who = names.get(id, "A user who left") if kind == "user" else ACTORS.get(kind, words(kind))
    return {
        "number": entry["number"],
        "id": entry["id"],
        "type": entry["type"],
        "title": words(entry["type"]),
        "created": entry["created"],
        "who": who,
        "who_id": id if kind == "api_key" else None,
        "request": entry["request_id"],
        "key": entry["idempotency_key"],
        "caused_by": entry["caused_by"],
        "subject": entry["subject"],
        "kind": words(entry["type"].partition(".")[0]),
        "changes": [each for each in changes if each["first"]],
        "rest": [each for each in changes if not each["first"]],
    }


def _changes(visit: Visit, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What changed; of what was created, what a reader looks for comes first. Of lists the event's page tells."""
    around = {"currency": entry["currency"]}
    creates = all(change["from"] is None for change in entry["changes"])
    told = [
        {
            "field": _field(change["field"]),
            "from": _text(visit, change["field"], change["from"], around),
            "to": _text(visit, change["field"], change["to"], around),
            "href": visit.link(change["to"]),
            "first": not creates or len(entry["changes"]) <= FEW or change["field"] in FIRST,
        }
        for change in entry["changes"]
        if change["field"] not in UNTOLD and not isinstance(change["to"], list)
    ]
    return [change for change in told if change["from"] or change["to"]]


def _facts(visit: Visit, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every field that had a value at that moment, or has another now, and whether it is still so."""
    found: list[dict[str, Any]] = []
    current = _flat(now)
    for name, value in _flat(then).items():
        text, same = _text(visit, name, value, then), current.get(name) == value
        if name not in UNTOLD and name != "created" and (text or not same):
            found.append({"label": _field(name), "text": text, "href": visit.link(value), "same": same})
    return found


def _flat(view: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in view.items():
        if isinstance(value, dict):
            found.update({f"{name}[{part}]": each for part, each in cast(dict[str, Any], value).items()})
        else:
            found[name] = value
    return found


def _field(name: str) -> str:
    """`metadata[plan]` as Metadata plan."""
    return words(name.replace("[", " ").replace("]", ""))


def _text(visit: Visit, name: str, value: Any, around: Mapping[str, Any]) -> str:
    if value is None or value == "":
        return ""
    kind = kind_of(name, value)
    if kind == "yes":
        return "Yes" if value else "No"
    if kind == "status":
        return words(str(value))
    if name == "currency":
        return str(value).upper()
    if kind == "instant":
        return instant(value, visit.zone)
    if kind == "money" and around.get("currency"):
        return money(value, around["currency"])
    if isinstance(value, list):
        count = len(cast(list[Any], value))
        return f"{count} entr{'y' if count == 1 else 'ies'}"
    return str(value)[:TEXT_CHARACTERS_MAX]


PAGES = (Page(path="/customers/{id}/history", get=shown, needs="customers:read"),)
