"""`/openapi.json`, and `/docs`: the reference for people, rendered here, from that document, with nothing from afar."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from services.api.endpoint import JSON, Sent
from services.api.openapi import Node, document
from services.core.operation import Operation

FOLDER = Path(__file__).parent / "templates"
HTML = (b"content-type", b"text/html; charset=utf-8")
CSS = (b"content-type", b"text/css; charset=utf-8")
SAFE = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
OK = 200
EXAMPLE_DEPTH_MAX = 4

EXAMPLES: dict[str, Any] = {
    "name": "John Doe",
    "email": "john.doe@example.com",
    "phone": "+1234567890",
    "amount": 2500,
    "currency": "usd",
    "customer": "cust_1NvQI2eZvKYlo2C0",
    "payment": "pay_1NvQI2eZvKYlo2C0",
    "description": "Premium subscription",
    "type": "CARD",
    "token": "tok_visa",
    "timezone": "Europe/Berlin",
    "default_currency": "usd",
    "invoice_prefix": "INV",
    "number": "INV-000042",
    "price": "price_monthly_pro",
    "product": "prod_1NvQI2eZvKYlo2C0",
    "subscription": "sub_1NvQI2eZvKYlo2C0",
    "invoice": "in_1NvQI2eZvKYlo2C0",
    "latest_invoice": "in_1NvQI2eZvKYlo2C0",
    "payment_method": "pm_1NvQI2eZvKYlo2C0",
}
# What an integer of this name is; all others are counted.
INSTANT = re.compile(r"(created|updated|start|end|date|anchor|_at|_time|last_payment|next_payment_attempt)$")
AMOUNT = re.compile(r"(amount|volume|balance|total|refunded|due|paid|remaining|received|capturable|net|subtotal)")


class Reference:
    """Both forms are made once: the operations do not change while the server runs."""

    def __init__(self, operations: Sequence[Operation], server: str) -> None:
        described = document(operations, server)
        self._document = msgspec.json.encode(described)
        self._style = (FOLDER / "reference.css").read_bytes()
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        page = environment.get_template("reference.html").render(sections=_sections(described), server=server)
        self._page = page.encode()

    async def document(self) -> Sent:
        """The OpenAPI document."""
        return Sent(OK, self._document, [JSON])

    async def page(self) -> Sent:
        """The reference."""
        return Sent(OK, self._page, [HTML, *SAFE])

    async def style(self) -> Sent:
        """Its style sheet."""
        return Sent(OK, self._style, [CSS, *SAFE])


def _sections(described: Node) -> list[Node]:
    """The operations by resource, each with its parameters and a call to copy."""
    found: dict[str, list[Node]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            # PUT and POST of an update are the same call: shown once.
            if method == "post" and "put" in methods:
                continue
            found.setdefault(operation["tags"][0], []).append(_shown(described, path, method, operation))
    return [
        {"name": name, "title": name.replace("_", " ").capitalize().replace("Api", "API"), "operations": found[name]}
        for name in sorted(found)
    ]


def _shown(described: Node, path: str, method: str, operation: Node) -> Node:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    fields = _fields(described, body) if body else []
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    description = re.sub(r"\s*Needs the permission `(.*?)`\.$", "", operation["description"])
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": description,
        "permission": operation["description"].rpartition("`")[0].rpartition("`")[2],
        "parameters": [
            {
                "name": each["name"],
                "where": each["in"],
                "required": each.get("required", False),
                "type": _type(each["schema"]),
                "meaning": each.get("description", ""),
            }
            for each in operation["parameters"]
            if each["name"] not in {"Idempotency-Key", "expand[]"}
        ],
        "fields": fields,
        "curl": _curl(described["servers"][0]["url"], path, method.upper(), fields),
        "answer": msgspec.json.format(msgspec.json.encode(_example(described, answer, 0)), indent=2).decode(),
    }


def _fields(described: Node, schema: Node) -> list[Node]:
    resolved = _resolve(described, schema)
    return [
        {
            "name": name,
            "required": name in resolved.get("required", ()),
            "type": _type(field),
            "example": EXAMPLES.get(name),
        }
        for name, field in resolved.get("properties", {}).items()
    ]


def _curl(server: str, path: str, method: str, fields: Sequence[Node]) -> str:
    target = re.sub(r"\{\w+\}", "ID", path)
    lines = [f"curl -X {method} {server}{target}", '-H "Authorization: Bearer sk_test_…"']
    required = {each["name"]: each["example"] for each in fields if each["required"]}
    if method in {"POST", "PUT"} and fields:
        body = required or {fields[0]["name"]: fields[0]["example"]}
        lines += ['-H "Content-Type: application/json"', f"-d '{msgspec.json.encode(body).decode()}'"]
    return " \\\n  ".join(lines)


def _example(described: Node, schema: Node, depth: int) -> Any:
    """A value of the schema's shape."""
    schema = _resolve(described, schema)
    if "anyOf" in schema:
        choices = [each for each in schema["anyOf"] if each.get("type") != "null"]
        if len(choices) < len(schema["anyOf"]) and depth > 1:
            return None
        return _example(described, choices[0], depth)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if depth > EXAMPLE_DEPTH_MAX:
        return None
    match schema.get("type"):
        case "object":
            return {
                name: _named(name, field) or _example(described, field, depth + 1)
                for name, field in schema.get("properties", {}).items()
            }
        case "array":
            return [_example(described, schema["items"], depth + 1)] if "items" in schema else []
        case "integer":
            return 1
        case "boolean":
            return False
        case "number":
            return 0
        case _:
            return "…"


def _named(name: str, schema: Node) -> Any:
    """What a field of this name looks like, where its name says more than its type."""
    kinds = [schema.get("type"), *(each.get("type") for each in schema.get("anyOf", ()))]
    if name in EXAMPLES and "string" in kinds:
        return EXAMPLES[name]
    if "integer" not in kinds:
        return None
    if INSTANT.search(name):
        return 1640995200
    return 2500 if AMOUNT.search(name) else None


def _type(schema: Node) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"] if each.get("type") != "null"))
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"] if each != "") or "empty"
    if "$ref" in schema:
        return "object"
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    length = [f"up to {schema['maxLength']} characters"] if "maxLength" in schema else []
    return ", ".join([str(schema.get("type", "any")), *bounds, *length])


def _resolve(described: Node, schema: Node) -> Node:
    return described["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
