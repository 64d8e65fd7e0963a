"""The OpenAPI 3.1 document, made from the table of operations and the types that they parse and answer."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.api.errors import ErrorBody
from services.billing.payments.views import CardErrorBody
from services.core.operation import Operation
from services.core.wire import API_VERSION

REFERENCE = "#/components/schemas/{name}"
TITLE = "PeaSwap API"
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

Node = dict[str, Any]

ERRORS: Mapping[int, str] = {
    400: "The request is malformed, a parameter is wrong, or the object's state forbids it.",
    401: "No key, or one that opens nothing.",
    403: "The key lacks a permission; the message names it.",
    404: "There is no such object.",
    409: "A request with this Idempotency-Key is being worked on now.",
    413: "The body is larger than 1 MiB.",
    415: "The body is neither JSON nor a form.",
    429: "Too many requests with this key.",
    500: "A fault of the server.",
    503: "The database is away for the moment.",
}
HEADERS: Mapping[str, Node] = {
    "Request-Id": {"description": "The id of this request in logs and events.", "schema": {"type": "string"}},
}
IDEMPOTENCY: Node = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes it safe to send the request again: the same key and parameters get the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
EXPAND: Node = {
    "name": "expand[]",
    "in": "query",
    "description": "Ids in the answer to replace by the objects that they name, such as `customer`.",
    "schema": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
}


def document(operations: Sequence[Operation], server: str) -> Node:
    """The whole document, ready to be encoded as JSON."""
    kinds: list[Any] = [ErrorBody, CardErrorBody]
    for each in operations:
        kinds += [kind for kind in (each.answers, each.body, each.query) if kind is not None]
    unique = list(dict.fromkeys(kinds))
    schemas, components = msgspec.json.schema_components(unique, ref_template=REFERENCE)
    by_kind = dict(zip(unique, schemas, strict=True))
    paths: dict[str, Node] = {}
    for each in operations:
        for method in each.methods:
            paths.setdefault(each.path, {})[method.lower()] = _operation(each, method, by_kind, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": API_VERSION,
            "description": "Amounts are integers in the currency's minor unit; instants are Unix seconds.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: _tidied(schema) for name, schema in sorted(components.items())},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "The key as user name, no password."},
            },
        },
    }


def _operation(each: Operation, method: str, by_kind: Mapping[Any, Node], components: Mapping[str, Node]) -> Node:
    writes = method != "GET"
    parameters: list[Node] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", each.path)
    ]
    if writes:
        parameters.append(IDEMPOTENCY)
    parameters.append(EXPAND)
    if each.query is not None:
        parameters += _query(by_kind[each.query], components)
    responses: dict[str, Node] = {
        "200": {
            "description": each.summary,
            "headers": HEADERS,
            "content": {JSON_TYPE: {"schema": _tidied(by_kind[each.answers])}},
        }
    }
    if each.charges:
        responses["402"] = {
            "description": "The charge was declined; the payment is in the error.",
            "headers": HEADERS,
            "content": {JSON_TYPE: {"schema": by_kind[CardErrorBody]}},
        }
    for status, meaning in ERRORS.items():
        responses[str(status)] = {
            "description": meaning,
            "headers": HEADERS,
            "content": {JSON_TYPE: {"schema": by_kind[ErrorBody]}},
        }
    found: Node = {
        "operationId": _operation_id(each, method),
        "summary": each.summary,
        "description": _description(each),
        "tags": [each.needs.partition(":")[0]],
        "parameters": parameters,
        "responses": responses,
    }
    if each.body is not None:
        schema = by_kind[each.body]
        found["requestBody"] = {"content": {JSON_TYPE: {"schema": schema}, FORM_TYPE: {"schema": schema}}}
    return found


def _query(schema: Node, components: Mapping[str, Node]) -> list[Node]:
    """Each field of the query as a parameter; maps become bracketed names."""
    fields = _resolved(schema, components)
    found: list[Node] = []
    for name, field in fields.get("properties", {}).items():
        inner = next((_resolved(each, components) for each in field.get("anyOf", [field]) if "$ref" in each), None)
        if inner is not None:
            found += [
                {"name": f"{name}[{part}]", "in": "query", "schema": _in_query(part_schema)}
                for part, part_schema in inner["properties"].items()
            ]
        plain = _in_query(field)
        found.append(
            {
                "name": f"{name}[]" if plain.get("type") == "array" else name,
                "in": "query",
                "required": name in fields.get("required", ()),
                "schema": plain,
            }
        )
    return found


def _in_query(field: Node) -> Node:
    """A query knows neither null nor maps: what is left when they are taken away."""
    kept = [each for each in field.get("anyOf", ()) if each.get("type") != "null" and "$ref" not in each]
    plain = kept[0] if kept else {key: value for key, value in field.items() if key != "anyOf"}
    return _tidied({key: value for key, value in plain.items() if key != "default" or value is not None})


def _resolved(schema: Node, components: Mapping[str, Node]) -> Node:
    return components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _tidied(node: Any) -> Any:
    """Every map of an answer names all that it can hold, so that a checker sees what is not documented."""
    if isinstance(node, dict):
        tidied: Node = {str(name): _tidied(each) for name, each in node.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return tidied
    if isinstance(node, list):
        return [_tidied(each) for each in node]  # pyright: ignore[reportUnknownVariableType]
    return node


def _operation_id(each: Operation, method: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", each.path.removeprefix("/v1/").lower()).strip("_")
    return f"{method.lower()}_{words}"


def _description(each: Operation) -> str:
    text = each.description or (each.perform.__doc__ or "").strip()
    return f"{text}\n\nNeeds the permission `{each.needs}`.".strip()
