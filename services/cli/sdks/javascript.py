"""The generated parts of the JavaScript SDK: the table of its methods, and its types.

An emitter of our own: bringing the SDK up to date must need neither npm nor a network.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.cli.sdks.plan import Method, Node, Plan, is_instant, referred

HEAD = "// Generated from the OpenAPI document by `peaswap sdks generate`. Changes are lost.\n\n"
# `delete` is a word of the language.
VERBS = {"delete": "del"}
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
# What else a method is called, where people coming from elsewhere look for it: resource and method -> name.
ALSO = {("subscriptions", "delete"): "cancel"}


def table(plan: Plan) -> str:
    """resources.js: resource -> method -> how it is called."""
    tree: dict[str, Any] = {}
    for where, methods in plan.resources.items():
        node = tree
        for part in where.split("/"):
            node = node.setdefault(_camel(part), {})
        for method in methods:
            row = [method.http, method.path, *(["page"] if method.paged else [])]
            for name in names(where, method):
                node[name] = row
    return HEAD + "export const RESOURCES = " + _rows(tree, 0) + ";\n"


def types(plan: Plan) -> str:
    """resources.d.ts: the types of parameters and answers, and of each resource's methods."""
    parts = [HEAD + 'import type { PagePromise, RequestOptions } from "./index.js";\n']
    parts += [_interface(name, schema) for name, schema in sorted({**plan.sent, **plan.answered}.items())]
    tree: dict[str, Any] = {}
    for where, methods in plan.resources.items():
        parts.append(_resource(where, methods))
        node = tree
        *outer, last = where.split("/")
        for part in outer:
            node = node.setdefault(_camel(part), {})
        node[_camel(last)] = _resource_name(where)
    parts.append("export interface Resources {\n" + _members(tree, 1) + "}\n")
    return "\n".join(parts)


def names(where: str, method: Method) -> list[str]:
    """What the method is called in JavaScript."""
    also = ALSO.get((where, method.name))
    return [VERBS.get(method.name, _camel(method.name)), *([also] if also else [])]


def _rows(node: Mapping[str, Any] | Sequence[str], depth: int) -> str:
    if not isinstance(node, Mapping):
        return json.dumps(node)
    inner = "".join(f"{'  ' * (depth + 1)}{name}: {_rows(each, depth + 1)},\n" for name, each in node.items())
    return "{\n" + inner + "  " * depth + "}"


def _members(tree: Mapping[str, Any], depth: int) -> str:
    lines: list[str] = []
    for name, each in tree.items():
        inside = each if isinstance(each, str) else "{\n" + _members(each, depth + 1) + "  " * depth + "}"
        lines.append(f"{'  ' * depth}{name}: {inside};\n")
    return "".join(lines)


def _resource_name(where: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in map(_camel, where.split("/"))) + "Resource"


def _resource(where: str, methods: Sequence[Method]) -> str:
    lines: list[str] = []
    for method in methods:
        given = [f"{_camel(id)}: string" for id in method.ids]
        given += [f"params{'' if method.needs_params else '?'}: {method.params}", "options?: RequestOptions"]
        answer = f"PagePromise<{method.answer}>" if method.paged else f"Promise<{method.answer}>"
        for name in names(where, method):
            lines.append(f"  /** {method.summary} */\n  {name}({', '.join(given)}): {answer};\n")
    return f"export interface {_resource_name(where)} {{\n" + "".join(lines) + "}\n"


def _interface(name: str, schema: Node) -> str:
    if "properties" not in schema:
        return f"export type {name} = {_type(schema)};\n"
    required = schema.get("required", ())
    about = f"/** {_sentence(schema['description'])} */\n" if schema.get("description") else ""
    fields = "".join(
        f"  {_key(field)}{'' if field in required else '?'}: {_type(each)};\n"
        for field, each in schema["properties"].items()
    )
    return f"{about}export interface {name} {{\n{fields}}}\n"


def _type(schema: Node) -> str:
    named = referred(schema)
    if named is not None:
        return named
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " | ".join(dict.fromkeys(_type(each) for each in choices))
    if is_instant(schema):
        return "number | Date"
    kind: str | list[str] | None = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(PLAIN[each] for each in kind)
    if kind == "array":
        inner = _type(schema.get("items", {}))
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    fields: Mapping[str, Node] = schema.get("properties", {})
    if fields:
        return "{ " + "; ".join(f"{_key(name)}?: {_type(each)}" for name, each in fields.items()) + " }"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"  # pyright: ignore[reportUnknownArgumentType]
    return PLAIN.get(str(kind), "unknown")


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _sentence(text: str) -> str:
    return " ".join(text.split()).replace("*/", "* /")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
