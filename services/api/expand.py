"""`expand[]=customer`: ids in an answer replaced by the objects that they name, up to four deep."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from msgspec.inspect import CollectionType, Metadata, StructType, Type, UnionType, type_info

from services.api.meaning import expand_path
from services.billing.registry import BY_CATEGORY, CAPABILITIES
from services.core.capability import Capability
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import Forbidden, Invalid

DEPTH_MAX = 4
PATHS_MAX = 20

_BY_OBJECT: Mapping[str, Capability] = {each.object: each for each in CAPABILITIES}

# Objects that are parts of others, and what they name: field -> category.
PARTS: Mapping[str, Mapping[str, str]] = {
    "line_item": {"price": "price", "product": "product", "invoice_item": "invoice_item"},
    "planned_payment": {"payment": "payment"},
}
LISTS = {"list", "search_result"}

Node = dict[str, Any]


def paths_of(value: Any) -> list[str]:
    """The `expand` parameter as a list of paths. Raises Invalid."""
    if value is None:
        return []
    paths = [value] if isinstance(value, str) else value
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in cast(list[Any], paths)):
        raise Invalid("'expand' must be a list of paths such as customer.", param="expand")
    found = [expand_path(path) for path in cast(list[str], paths)]
    if len(found) > PATHS_MAX or any(len(path.split(".")) > DEPTH_MAX for path in found):
        raise Invalid(f"'expand' takes at most {PATHS_MAX} paths, each up to {DEPTH_MAX} deep.", param="expand")
    return found


def check_paths(envelope: Envelope, paths: Sequence[str], answers: Any) -> None:
    """Before anything is written: raises Invalid for a path that leads nowhere in such an answer, Forbidden for one to
    what the key may not read."""
    for path in paths:
        kinds = _structs(type_info(answers))
        for name in path.split("."):
            kinds = [inner for kind in kinds for inner in _reached(envelope, kind, name)]
            if not kinds:
                raise _leads_nowhere(path)


def _reached(envelope: Envelope, kind: StructType, name: str) -> list[StructType]:
    """What may stand at `name` of such an object."""
    fields = {field.encode_name: field for field in kind.fields}
    called = str(fields["object"].default) if "object" in fields else ""
    category = _expands(called).get(name)
    if category is not None:
        return _structs(type_info(_readable(envelope, category).view_type))
    if name not in fields:
        return []
    found = fields[name].type
    if name == "data" and called in LISTS and isinstance(found, CollectionType):
        return _structs(found.item_type)
    each_of = found.item_type if isinstance(found, CollectionType) else found
    return [each for each in _structs(each_of) if any(field.encode_name == "object" for field in each.fields)]


def _structs(kind: Type) -> list[StructType]:
    if isinstance(kind, Metadata):
        return _structs(kind.type)
    if isinstance(kind, UnionType):
        return [inner for each in kind.types for inner in _structs(each)]
    return [kind] if isinstance(kind, StructType) else []


def _expands(kind: str) -> Mapping[str, str]:
    capability = _BY_OBJECT.get(kind)
    return PARTS.get(kind) or (capability.expands if capability else {})


def _readable(envelope: Envelope, category: str) -> Capability:
    """The capability of that category. Raises Forbidden unless the key could GET its objects."""
    capability = BY_CATEGORY[category]
    needs = f"{capability.name}:read"
    if not envelope.may(needs):
        raise Forbidden(f"This key lacks the permission '{needs}', which 'expand' needs here.", param="expand")
    return capability


def _leads_nowhere(path: str) -> Invalid:
    return Invalid(f"'{path}' cannot be expanded.", code="parameter_invalid", param="expand")


async def expanded(engine: Engine, envelope: Envelope, body: bytes, paths: Sequence[str]) -> bytes:
    """The answer with the objects in place of their ids. Raises Invalid for a path that leads nowhere."""
    answer: Node = msgspec.json.decode(body)
    for path in paths:
        nodes = [answer]
        for name in path.split("."):
            inside = _inside(nodes, name)
            nodes = await _step(engine, envelope, nodes, name, path) if inside is None else inside
    return msgspec.json.encode(answer)


def _inside(nodes: Sequence[Node], name: str) -> list[Node] | None:
    """What stands at `name` without being asked for: the elements of lists, and objects that are always there, one or
    several."""
    inside = [node.get(name) for node in nodes]
    if name == "data" and all(node.get("object") in LISTS for node in nodes):
        return [each for elements in inside for each in cast(list[Node], elements)]
    found = [each for at in inside for each in (cast(list[Any], at) if isinstance(at, list) else [at])]
    there = all(isinstance(each, dict) and "object" in each for each in found)
    return cast(list[Node], found) if there and (found or not nodes) else None


async def _step(engine: Engine, envelope: Envelope, nodes: Sequence[Node], name: str, path: str) -> list[Node]:
    """Expands the field `name` of all nodes at once; returns the objects that stand there now."""
    wanted: dict[str, list[Node]] = {}
    for node in nodes:
        category = _expands(str(node.get("object"))).get(name)
        if category is None:
            raise _leads_nowhere(path)
        wanted.setdefault(category, []).append(node)
    reached: list[Node] = []
    for category, group in wanted.items():
        target = _readable(envelope, category)
        ids = {value for node in group if isinstance(value := node.get(name), str)}
        loaded = await engine.load_many(target.decider, envelope.tenant, sorted(ids))
        for node in group:
            value = node.get(name)
            state = loaded[value].state if isinstance(value, str) else None
            if state is not None:
                node[name] = msgspec.to_builtins(
                    target.shown(engine, envelope.tenant, state, livemode=envelope.livemode)
                )
            if isinstance(node.get(name), dict):
                reached.append(node[name])
    return reached
