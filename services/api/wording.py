"""What msgspec says of a parameter, in the words of somebody who sends one."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.inspect import CollectionType, DictType, LiteralType, Metadata, StructType, UnionType

_EXPECTED = re.compile(r"Expected `([^`]*)`(.*)")
_BOUND = re.compile(r"\s*(>=|<=) (\S+)")
_LENGTH = re.compile(r" of length (>=|<=) (\d+)")
_KINDS = {
    "str": "text",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a map of names to values",
}
_PARTS = {"str": "characters", "array": "elements", "object": "entries"}
_SIGNS = {">=": "at least", "<=": "at most"}


def sentence(text: str, kind: type[Struct], at: Sequence[str]) -> str:
    """The rest of a sentence that begins with the name of the parameter, which stands `at` these names in `kind`."""
    if text.startswith("Invalid enum value"):
        values = sorted({value for value in _values(msgspec.inspect.type_info(kind), at) if value})
        return f"must be one of {', '.join(values)}" if values else "must be a map of names to values"
    found = _EXPECTED.match(text)
    if found is None:
        return text[:1].lower() + text[1:].replace("`", "")
    names = [name for name in found[1].split(" | ") if name != "null"]
    if length := _LENGTH.fullmatch(found[2]):
        return f"must have {_SIGNS[length[1]]} {length[2]} {_PARTS.get(names[0], 'elements')}"
    if {"str", "int", "bool"} <= {*names}:
        return "must be text, a number, or true or false"
    # Where a map is taken, text is only the empty one that clears it.
    wanted = " or ".join(_KINDS.get(name, name) for name in names if not (name == "str" and "object" in names))
    if found[2].startswith(" matching regex "):
        pattern = found[2].removeprefix(" matching regex ").strip("'")
        return f"must have the form {pattern}"
    if bound := _BOUND.fullmatch(found[2]):
        return f"must be {wanted}, {_SIGNS[bound[1]]} {bound[2]}"
    return f"must be {wanted}{', not null' if 'got `null`' in found[2] else ''}"


def _values(kind: Any, at: Sequence[str]) -> list[str]:
    """The words that may stand there."""
    if isinstance(kind, Metadata):
        return _values(kind.type, at)
    if isinstance(kind, UnionType):
        return [value for each in kind.types for value in _values(each, at)]
    if isinstance(kind, CollectionType):
        return _values(kind.item_type, at[1:])
    if isinstance(kind, DictType):
        return _values(kind.value_type, at[1:])
    if isinstance(kind, StructType):
        return [value for field in kind.fields if field.encode_name in at[:1] for value in _values(field.type, at[1:])]
    return [str(value) for value in kind.values] if isinstance(kind, LiteralType) and not at else []
