"""What changed between two wire forms of an object."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

# Every event moves `updated`; saying so each time tells a reader nothing.
UNTOLD = frozenset({"object", "updated"})


class Change(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """A field that took another value; parts of maps are named `metadata[plan]`. Null stands for absent."""

    field: str
    before: Any
    after: Any


def changes_between(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """The fields whose values differ, in the order of the object; None before means that it did not exist."""
    return _changes(before or {}, after, "", UNTOLD)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str, untold: frozenset[str]) -> list[Change]:
    found: list[Change] = []
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name), after.get(name)
        if old == new or name in untold:
            continue
        field = f"{prefix}[{name}]" if prefix else name
        if isinstance(old, Mapping | None) and isinstance(new, Mapping | None):
            parts = cast("tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]", (old, new))
            found.extend(_changes(parts[0] or {}, parts[1] or {}, field, frozenset()))
        else:
            found.append(Change(field, old, new))
    return found
