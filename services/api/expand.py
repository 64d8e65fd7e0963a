"""`expand[]=customer`: ids in an answer replaced by the objects that they name, up to four deep."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from services.billing.registry import BY_CATEGORY, CAPABILITIES
from services.core.capability import Capability
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import Invalid

DEPTH_MAX = 4
PATHS_MAX = 20

_BY_OBJECT: Mapping[str, Capability] = {each.object: each for each in CAPABILITIES}

Node = dict[str, Any]


def paths_of(value: Any) -> list[str]:
    """The `expand` parameter as a list of paths. Raises Invalid."""
    if value is None:
        return []
    paths = [value] if isinstance(value, str) else value
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in cast(list[Any], paths)):
        raise Invalid("'expand' must be a list of paths such as customer.", param="expand")
    found = cast(list[str], paths)
    if len(found) > PATHS_MAX or any(len(path.split(".")) > DEPTH_MAX for path in found):
        raise Invalid(f"'expand' takes at most {PATHS_MAX} paths, each up to {DEPTH_MAX} deep.", param="expand")
    return found


async def expanded(engine: Engine, envelope: Envelope, body: bytes, paths: Sequence[str]) -> bytes:
    """The answer with the objects in place of their ids. Raises Invalid for a path that leads nowhere."""
    answer: Node = msgspec.json.decode(body)
    for path in paths:
        nodes = [answer]
        for index, name in enumerate(path.split(".")):
            if index == 0 and name == "data" and answer.get("object") == "list":
                nodes = list(cast(list[Node], answer["data"]))
            else:
                nodes = await _step(engine, envelope, nodes, name, path)
    return msgspec.json.encode(answer)


async def _step(engine: Engine, envelope: Envelope, nodes: Sequence[Node], name: str, path: str) -> list[Node]:
    """Expands the field `name` of all nodes at once; returns the objects that stand there now."""
    wanted: dict[str, list[Node]] = {}
    for node in nodes:
        capability = _BY_OBJECT.get(str(node.get("object")))
        category = capability.expands.get(name) if capability else None
        if category is None:
            raise Invalid(f"'{path}' cannot be expanded.", code="parameter_invalid", param="expand")
        wanted.setdefault(category, []).append(node)
    reached: list[Node] = []
    for category, group in wanted.items():
        target = BY_CATEGORY[category]
        ids = {value for node in group if isinstance(value := node.get(name), str)}
        loaded = await engine.load_many(target.decider, envelope.tenant, sorted(ids))
        for node in group:
            value = node.get(name)
            state = loaded[value].state if isinstance(value, str) else None
            if state is not None:
                node[name] = msgspec.to_builtins(target.view(state, envelope.livemode))
            if isinstance(node.get(name), dict):
                reached.append(node[name])
    return reached
