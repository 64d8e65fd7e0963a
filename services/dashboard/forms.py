"""Forms: refusals beside the fields that they are about, and two people at one object."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import msgspec

from services.api.endpoint import Sent
from services.core.ids import new_id
from services.core.refusal import Conflict, Declined, Invalid, Refusal
from services.core.step import MovedSinceSeen
from services.dashboard.page import Visit

DIGITS_MAX = 12

SHOWN_AGAIN = (Invalid, Conflict, Declined)


class SeveralFit(Invalid):
    """Several fit what was typed. `extra["choices"]` are (id, label) of each."""


class Errors(dict[str, str]):
    """What was wrong, by field; `several` holds what may be chosen from where a field fits more than one."""

    several: Mapping[str, Any]

    def __init__(self, errors: Mapping[str, str], several: Mapping[str, Any]) -> None:
        super().__init__(errors)
        self.several = several


def errors_of(refusal: Refusal) -> Errors:
    """The sentence of a refusal by the field that it is about; "" when it is about the whole."""
    name = refusal.param or ""
    several = {name: refusal.extra["choices"]} if isinstance(refusal, SeveralFit) else {}
    return Errors({name: sentence(refusal)}, several)


def given(visit: Visit, name: str) -> str:
    """What a field holds: sent with the form, kept when a session ended, or named by the address."""
    kept = visit.kept.fields.get(name, "") if visit.kept else ""
    return visit.typed(name) or (kept if isinstance(kept, str) else "") or visit.text(name)


def choice_made(visit: Visit, name: str, typed: str) -> str:
    """The id of the one that was chosen, if `typed` is still what it was chosen for: what it is called, or what
    several fitted."""
    same = _unspaced(given(visit, f"{name}_asked")) == _unspaced(typed)
    return given(visit, f"{name}_choice") if same else ""


def _unspaced(text: str) -> str:
    # Fields of one line lose line breaks that what is called has, as hidden ones do not.
    return "".join(text.split())


def sentence(refusal: Refusal) -> str:
    """A refusal as a person reads it beside the field, which need not be named again."""
    text = refusal.message
    if refusal.param and text.startswith(f"'{refusal.param}'"):
        rest = text.removeprefix(f"'{refusal.param}'").lstrip(": ")
        return f"This {rest}" if rest.startswith(("must", "is ", "has")) else rest[:1].upper() + rest[1:]
    if refusal.refusal_code == "parameter_missing":
        return "This is needed."
    return text


def once(visit: Visit) -> str:
    """A key for a form, by which sending it twice does it once."""
    return visit.typed("once") or new_id("form")


class Theirs(msgspec.Struct, frozen=True):
    """What somebody else changed meanwhile: field, what it is now, what was typed here."""

    field: str
    now: Any
    typed: Any


Change = Callable[[int, Mapping[str, Any]], Awaitable[Any]]


async def unless_changed(
    visit: Visit, name: str, id: str, patch: Mapping[str, Any], change: Change
) -> Sequence[Theirs]:
    """Asks `change` for what was changed in the form, given the version that it may rely on. Where somebody else has
    changed the same since the version that the form carries, it does nothing and tells what.

    Only what differs from what the form showed is changed: two people at different fields do not disturb each other.
    """
    text = visit.typed("seen")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < DIGITS_MAX else 0
    typed = _flat(patch)
    while True:
        now = await visit.desk.shown(name, id)
        shown = now.view if now.version == seen else await visit.desk.as_of_version(name, id, seen) or {}
        mine = {path: value for path, value in typed.items() if _plain(value) != _at(shown, path)}
        theirs = [
            Theirs(path[0] if len(path) == 1 else f"{path[0]} {path[1]}", _at(now.view, path), value)
            for path, value in mine.items()
            if _at(now.view, path) not in {_at(shown, path), _plain(value)}
        ]
        if theirs or not mine:
            return theirs
        try:
            await change(now.version, _nested(mine))
        except MovedSinceSeen:
            continue
        return []


Path = tuple[str, ...]


def _flat(patch: Mapping[str, Any]) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for name, value in patch.items():
        if isinstance(value, Mapping):
            parts = cast(Mapping[str, Any], value)
            found.update({(name, part): each for part, each in parts.items()})
        else:
            found[(name,)] = value
    return found


def _nested(flat: Mapping[Path, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in flat.items():
        if len(path) == 1:
            found[path[0]] = value
        else:
            found.setdefault(path[0], {})[path[1]] = value
    return found


def _at(view: Mapping[str, Any], path: Path) -> str:
    value: Any = view
    for part in path:
        value = cast(Mapping[str, Any], value).get(part) if isinstance(value, Mapping) else None
    return _plain(value)


def _plain(value: object) -> str:
    """What is not there and what is empty are the same in a form."""
    return "" if value is None else str(value)


async def again(attempt: Callable[[], Awaitable[Sent]], page: Callable[[dict[str, str]], Awaitable[Sent]]) -> Sent:
    """What `attempt` answers; when it is refused for what was typed, the page of the form with the reasons."""
    try:
        return await attempt()
    except SHOWN_AGAIN as refusal:
        return await page(errors_of(refusal))
