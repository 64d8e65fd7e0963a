"""A customer's history: who did what and when, and the customer as of any moment of it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from services.api.endpoint import Sent
from services.billing.users import team
from services.core.ids import parse_event_id
from services.dashboard.formatting import instant, money, words
from services.dashboard.general import kind_of
from services.dashboard.page import Page, Visit

URL = "/v1/customers"
AT_ONCE = 100
ENTRIES_MAX = 1_000
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
    entries, more = await _entries(visit, id)
    names = {user.id: user.name for user in await team.members(visit.house.engine, visit.account.id)}
    currencies = _currencies(entries)
    chosen = _chosen(visit, entries)
    entry = entries[chosen - 1]
    then = await visit.desk.as_of("customers", id, entry["position"])
    now = await visit.desk.shown("customers", id)
    top = len(entries) - (len(entries) - chosen) // SHOWN * SHOWN
    bottom = max(top - SHOWN, 0)
    part = reversed(list(enumerate(entries, 1))[bottom:top])
    return visit.render(
        "customers/history.html",
        customer=now.view,
        entries=[_told(visit, each, index, names, currencies) for index, each in part],
        newer=visit.with_query(at=str(min(top + SHOWN, len(entries)))) if top < len(entries) else None,
        older=visit.with_query(at=str(bottom)) if bottom else None,
        more=more,
        count=len(entries),
        chosen=chosen,
        entry=_told(visit, entry, chosen, names, currencies),
        then=_facts(visit, then or {}, now.view),
    )


async def _entries(visit: Visit, id: str) -> tuple[list[Any], bool]:
    """Everything that happened, oldest first; at most so much of it, and whether there is more."""
    found: list[Any] = []
    after: str | None = None
    while len(found) < ENTRIES_MAX:
        page = await visit.ask("GET", f"{URL}/{id}/history", {"limit": str(AT_ONCE), "starting_after": after})
        found += page["data"]
        if not page["has_more"]:
            return found, False
        after = found[-1]["id"]
    return found, True


def _chosen(visit: Visit, entries: Sequence[Any]) -> int:
    """The number of the event that the address names, by number or id; else the last one."""
    text = visit.text("at")
    if parse_event_id(text) is not None:
        return next((index for index, each in enumerate(entries, 1) if each["id"] == text), len(entries))
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(ENTRIES_MAX))
    return min(max(int(text), 1), len(entries)) if fits else len(entries)


def _told(
    visit: Visit, entry: Mapping[str, Any], index: int, names: Mapping[str, str], currencies: Mapping[str, str]
) -> dict[str, Any]:
    changes = _changes(visit, entry, currencies.get(entry["subject"]))
    kind, id = entry["actor"]["type"], entry["actor"]["id"]
    who = names.get(id, "A user who left") if kind == "user" else ACTORS.get(kind, words(kind))
    return {
        "index": index,
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


def _changes(visit: Visit, entry: Mapping[str, Any], currency: str | None) -> list[dict[str, Any]]:
    """What changed; of what was created, what a reader looks for comes first."""
    around = {"currency": currency}
    creates = all(change["from"] is None for change in entry["changes"])
    return [
        {
            "field": _field(change["field"]),
            "from": _text(visit, change["field"], change["from"], around),
            "to": _text(visit, change["field"], change["to"], around),
            "first": not creates or len(entry["changes"]) <= FEW or change["field"] in FIRST,
        }
        for change in entry["changes"]
        if change["field"] not in UNTOLD and not _says_nothing(change["from"], change["to"])
    ]


def _says_nothing(before: Any, after: Any) -> bool:
    """Lists are told by their length alone."""
    lists = isinstance(before, list) and isinstance(after, list)
    return lists and len(cast(list[Any], before)) == len(cast(list[Any], after))


def _currencies(entries: Sequence[Any]) -> dict[str, str]:
    """The currency of each object, as its events tell it."""
    changes = [(entry["subject"], change) for entry in entries for change in entry["changes"]]
    return {subject: change["to"] for subject, change in changes if change["field"] == "currency" and change["to"]}


def _facts(visit: Visit, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every field as it was at that moment, and whether it is still so."""
    found: list[dict[str, Any]] = []
    for name, value in _flat(then).items():
        if name not in UNTOLD and name != "created":
            same = _flat(now).get(name) == value
            found.append({"label": _field(name), "text": _text(visit, name, value, then), "same": same})
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
    if kind == "instant":
        return instant(value, visit.zone)
    if kind == "money" and around.get("currency"):
        return money(value, around["currency"])
    if isinstance(value, list):
        count = len(cast(list[Any], value))
        return f"{count} entr{'y' if count == 1 else 'ies'}"
    return str(value)[:TEXT_CHARACTERS_MAX]


PAGES = (Page(path="/customers/{id}/history", get=shown, needs="customers:read"),)
