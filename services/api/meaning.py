"""What the parameters of a call mean, in whichever spelling they came.

Values that are words are written in capitals in this API and in small letters in Stripe's; some parameters have
another name there (services/api/stripe_names.py). Both are accepted everywhere and mean the same, under an
Idempotency-Key too. Null or "" for what is optional is as if it had been left out.
"""

import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import UNSET, Struct
from msgspec.inspect import (
    CollectionType,
    Field,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
)

from services.api.parameters import Parameters
from services.api.stripe_names import EVENT_GROUPS, EVENT_TYPES, EXPANDS, NAMES, Names
from services.core.refusal import Invalid

_NOT_WHOLE = re.compile(r"-?[0-9]*[.eE][0-9.eE+\-]*", re.ASCII)

Spell = Callable[[Any], Any]


class Meaning:
    """Reads the parameters of a path, which are to become a `kind`."""

    def __init__(self, path: str, kind: type[Struct] | None) -> None:
        self._names = NAMES.get(path, Names())
        self._spell = None if kind is None else _speller(msgspec.inspect.type_info(kind))

    def of(self, given: Parameters) -> Parameters:
        """The parameters in our own words. Raises Invalid."""
        for theirs, ours in self._names.renamed.items():
            _rename(given, theirs.split("."), ours)
        for param, values in self._names.granted.items():
            _taken(given, param.split("."), values)
        for param in self._names.events:
            if param in given:
                given[param] = _event_types(given[param])
        return given if self._spell is None else self._spell(given)


@cache
def meaning_of(path: str, kind: type[Struct] | None) -> Meaning:
    """How the parameters of an operation are read."""
    return Meaning(path, kind)


def expand_path(path: str) -> str:
    """A path of `expand` in our own words."""
    dotted = f".{path}."
    for theirs, ours in EXPANDS.items():
        dotted = dotted.replace(f".{theirs}.", f".{ours}.")
    return dotted[1:-1]


def _speller(kind: Any) -> Spell | None:
    """Writes words in capitals wherever this type has them; None where it has none."""
    if isinstance(kind, Metadata):
        return _speller(kind.type)
    if isinstance(kind, LiteralType):
        words = {value.upper(): value for value in kind.values if isinstance(value, str)}
        return lambda value: words.get(value.upper(), value) if isinstance(value, str) else value
    if isinstance(kind, IntType):
        return _whole
    if isinstance(kind, UnionType):
        text = _takes(kind, StrType)
        return _each([_speller(each) for each in kind.types if not (text and isinstance(each, IntType))])
    if isinstance(kind, CollectionType):
        inside = _speller(kind.item_type)
        return None if inside is None else lambda value: _in_list(value, inside)
    if isinstance(kind, StructType):
        return _in_struct(kind)
    return None


def _in_struct(kind: StructType) -> Spell | None:
    fields = {field.encode_name: _speller(field.type) for field in kind.fields}
    spelled = {name: spell for name, spell in fields.items() if spell is not None}
    null = {field.encode_name for field in kind.fields if not field.required and _takes(field.type, NoneType)}
    # Text has an empty value of its own; what becomes of that is the capability's to say.
    cleared = {
        field.encode_name for field in kind.fields if not _takes(field.type, StrType) and not _takes_empty(field.type)
    }
    default = {field.encode_name for field in kind.fields if _has_default(field)} - null
    if not spelled and not cleared:
        return None

    def spell(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        meant: Parameters = {}
        for name, each in cast(Parameters, value).items():
            empty = each is None or (each == "" and name in cleared)
            if empty and name in null:
                meant[name] = None
            elif not (empty and name in default):
                meant[name] = spelled[name](each) if name in spelled else each
        return meant

    return spell


def _has_default(field: Field) -> bool:
    """Whether leaving it out means a value; that of an update means that nothing changes."""
    return field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT


def _takes(kind: Type, wanted: type[Type]) -> bool:
    return any(isinstance(each, wanted) for each in _alternatives(kind))


def _takes_empty(kind: Type) -> bool:
    return any(isinstance(each, LiteralType) and "" in each.values for each in _alternatives(kind))


def _alternatives(kind: Type) -> list[Type]:
    if isinstance(kind, Metadata):
        return _alternatives(kind.type)
    if isinstance(kind, UnionType):
        return [inner for each in kind.types for inner in _alternatives(each)]
    return [kind]


def _each(spells: list[Spell | None]) -> Spell | None:
    wanted = [spell for spell in spells if spell is not None]
    if not wanted:
        return None

    def spell(value: Any) -> Any:
        for one in wanted:
            value = one(value)
        return value

    return spell


def _whole(value: Any) -> Any:
    """Text that is to be a whole number; "1e3" and "1.0", which msgspec would read as one, become what it refuses."""
    return f" {value}" if isinstance(value, str) and _NOT_WHOLE.fullmatch(value) else value


def _in_list(value: Any, spell: Spell) -> Any:
    return [spell(each) for each in cast(list[Any], value)] if isinstance(value, list) else value


def _rename(given: Parameters, theirs: list[str], ours: str) -> None:
    found = _taken(given, theirs, ())
    if found is UNSET:
        return
    if ours in given:
        other = theirs[0] + "".join(f"[{part}]" for part in theirs[1:])
        raise Invalid(f"'{ours}' is given twice, also as '{other}'.", param=ours)
    given[ours] = found


def _taken(node: Any, path: list[str], values: Collection[str]) -> Any:
    """Takes away what stands at `path`, when it is one of `values` or these are empty, and with it what held nothing
    else; UNSET when nothing was taken."""
    name, *rest = path
    at = _key(node, name)
    if at is None:
        return UNSET
    found: Any = node[at]
    if rest:
        inside = _taken(found, rest, values)
        if inside is not UNSET and not found:
            del node[at]
        return inside
    if values and str(found).lower() not in values:
        return UNSET
    del node[at]
    return found


def _key(node: Any, name: str) -> str | int | None:
    if isinstance(node, dict):
        return name if name in node else None
    there = isinstance(node, list) and name.isdigit() and int(name) < len(cast(list[Any], node))
    return int(name) if there else None


def _event_types(value: Any) -> Any:
    if isinstance(value, list):
        return [_event_types(each) for each in cast(list[Any], value)]
    if not isinstance(value, str):
        return value
    if value in EVENT_TYPES:
        return EVENT_TYPES[value]
    for theirs, ours in EVENT_GROUPS.items():
        if value.startswith(theirs):
            return ours + value.removeprefix(theirs)
    return value
