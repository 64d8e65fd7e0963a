"""What the SDKs offer, read from the OpenAPI document: resources, their methods, and the types that these need."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

Node = dict[str, Any]

SCHEMAS = "#/components/schemas/"
JSON_TYPE = "application/json"
NOT_PARAMETERS = {"Idempotency-Key", "expand[]"}
EXPAND: Node = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Ids in the answer to replace by the objects that they name.",
}
PREFIX = "/v1/"
# The first second of the year 9999: no other number has a largest value about there.
CALENDAR_ENDS = 253_370_764_800
YEAR_SECONDS = 366 * 86_400


class Method(Struct, frozen=True, kw_only=True):
    """`name` in snake_case; `ids` are those in `path`; `params` and `answer` name types; `paged`: `answer` is that of
    the items; `needs_params`: some of the parameters are required."""

    name: str
    http: str
    path: str
    ids: Sequence[str]
    params: str
    needs_params: bool
    answer: str
    paged: bool
    summary: str


class Plan(Struct, frozen=True):
    """`resources` maps a path such as `test_helpers/test_clocks` to its methods; types by name, those that are sent
    and those that are answered."""

    resources: Mapping[str, Sequence[Method]]
    sent: Mapping[str, Node]
    answered: Mapping[str, Node]


def plan_of(document: Node) -> Plan:
    """The plan for this OpenAPI document; the same document gives the same plan."""
    schemas: dict[str, Node] = document["components"]["schemas"]
    paths: dict[str, dict[str, Node]] = document["paths"]
    sent: dict[str, Node] = {}
    answered: set[str] = set()
    resources: dict[str, list[Method]] = {}
    for path, operations in paths.items():
        for http, operation in operations.items():
            if http == "post" and "put" in operations:
                continue
            where, name = _place(path, http, paths)
            answer, paged = _answer(operation, schemas)
            answered.add(answer)
            params = _params(operation, f"{_camel(where.rpartition('/')[2])}{_camel(name)}Params", schemas, sent)
            ids: list[str] = re.findall(r"\{(\w+)\}", path)
            method = Method(
                name=name,
                http=http.upper(),
                path=path,
                ids=ids,
                params=params,
                needs_params=bool(sent[params].get("required")),
                answer=plain_name(answer, schemas),
                paged=paged,
                summary=operation["summary"],
            )
            resources.setdefault(where, []).append(method)
    for name in list(sent):
        for reached in _reached(name, sent | schemas):
            sent.setdefault(reached, schemas.get(reached, {}))
    told = {name for answer in answered for name in _reached(answer, schemas)}
    return Plan(
        {where: sorted(methods, key=_order) for where, methods in sorted(resources.items())},
        dict(sorted(sent.items())),
        {plain_name(name, schemas): _told(schemas[name], schemas) for name in sorted(told)},
    )


def plain_name(name: str, schemas: Mapping[str, Node]) -> str:
    """`Customer` for `CustomerObject`, where nothing else is called so."""
    plain = name.removesuffix("Object")
    return plain if plain != name and plain not in schemas else name


def is_instant(schema: Node) -> bool:
    """Whether it takes Unix seconds: the one kind of number that ends with the calendar. Libraries take their
    language's own instants for it."""
    return schema.get("type") == "integer" and CALENDAR_ENDS <= schema.get("maximum", 0) < CALENDAR_ENDS + YEAR_SECONDS


def referred(schema: Node) -> str | None:
    """The name of the type that the schema refers to."""
    return schema["$ref"].removeprefix(SCHEMAS) if "$ref" in schema else None


def _place(path: str, http: str, paths: Mapping[str, Mapping[str, Node]]) -> tuple[str, str]:
    """The resource that the operation belongs to, and the name of its method."""
    whole = path.removeprefix(PREFIX)
    before, braced, after = whole.partition("/{id}")
    if not braced:
        parent, _, last = whole.rpartition("/")
        if f"{PREFIX}{parent}/{{id}}" in paths and f"{path}/{{id}}" not in paths:
            return parent, last
        verbs = {"get": "list" if _is_page(paths[path]["get"]) else "retrieve"} if http == "get" else {}
        return whole, {**verbs, "post": "create", "put": "update", "delete": "delete"}[http]
    if not after:
        return before, {"get": "retrieve", "put": "update", "post": "update", "delete": "delete"}[http]
    literal = "_".join(part for part in after.split("/") if part and not part.startswith("{"))
    return before, literal


def _is_page(operation: Node) -> bool:
    name = referred(operation["responses"]["200"]["content"][JSON_TYPE]["schema"]) or ""
    return name.startswith(("Page_", "SearchPage_"))


def _answer(operation: Node, schemas: Mapping[str, Node]) -> tuple[str, bool]:
    """The type of the answer, or of the items when it is a page of a list."""
    name = referred(operation["responses"]["200"]["content"][JSON_TYPE]["schema"])
    assert name is not None, f"{operation['operationId']} answers a type without a name"
    properties = schemas[name].get("properties", {})
    item = referred(properties["data"]["items"]) if {"data", "has_more"} <= properties.keys() else None
    return (name, False) if item is None else (item, True)


def _params(operation: Node, name: str, schemas: Mapping[str, Node], sent: dict[str, Node]) -> str:
    """The name of the type of the parameters, which is added to `sent`."""
    body = operation.get("requestBody")
    if body is not None:
        named = referred(body["content"][JSON_TYPE]["schema"])
        assert named is not None, f"{operation['operationId']} takes a body without a name"
        schema = schemas[named]
        sent[named] = {**schema, "properties": {**schema.get("properties", {}), "expand": EXPAND}}
        return named
    properties: dict[str, Node] = {}
    for each in operation["parameters"]:
        if each["in"] == "query" and each["name"] not in NOT_PARAMETERS:
            _add(properties, each["name"], each["schema"])
    required = [each["name"] for each in operation["parameters"] if each["in"] == "query" and each.get("required")]
    properties["expand"] = EXPAND
    sent[name] = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    return name


def _add(properties: dict[str, Node], name: str, schema: Node) -> None:
    """`created[gte]` is a field of a map that may stand in place of `created`."""
    outer, bracket, inner = name.partition("[")
    if not bracket:
        known = properties.get(name)
        properties[name] = schema if known is None else {"anyOf": [schema, known]}
    elif inner == "]":
        properties[outer] = schema
    else:
        known = properties.setdefault(outer, {"type": "object", "properties": {}})
        known["properties"][inner.removesuffix("]")] = schema


def _told(schema: Node, schemas: Mapping[str, Node]) -> Node:
    """A type of answers: every field is there, and `object` is a word."""
    properties: dict[str, Node] = {}
    for name, each in schema.get("properties", {}).items():
        known = isinstance(each.get("default"), str) and name == "object"
        properties[name] = {"enum": [each["default"]]} if known else _renamed(each, schemas)
    return {**schema, "properties": properties, "required": sorted(properties)}


def _renamed(schema: Any, schemas: Mapping[str, Node]) -> Any:
    if isinstance(schema, list):
        return [_renamed(each, schemas) for each in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    node: Node = {str(name): _renamed(each, schemas) for name, each in schema.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    name = referred(node)
    return node if name is None else {**node, "$ref": SCHEMAS + plain_name(name, schemas)}


def _reached(name: str, schemas: Mapping[str, Node]) -> Iterator[str]:
    """The type and all types that it is made of."""
    seen = {name}
    waiting = [name]
    while waiting:
        current = waiting.pop()
        yield current
        for reference in re.findall(rf"'\$ref': '{SCHEMAS}(\w+)'", str(schemas[current])):
            if reference not in seen:
                seen.add(reference)
                waiting.append(reference)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


_FIRST = ("create", "retrieve", "update", "delete", "list", "search")


def _order(method: Method) -> tuple[int, str]:
    return (_FIRST.index(method.name) if method.name in _FIRST else len(_FIRST), method.name)
