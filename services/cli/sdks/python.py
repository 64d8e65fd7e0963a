"""The generated parts of the Python SDK: its types, by datamodel-code-generator, and the methods of its resources."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
from datamodel_code_generator.enums import DataModelType, OpenAPIScope
from datamodel_code_generator.format import Formatter

from services.cli.sdks.plan import Method, Node, Plan, is_instant

HEAD = '"""{about} Generated from the OpenAPI document by `peaswap sdks generate`; changes are lost."""\n\n'
TEMPLATES = Path(__file__).parent / "templates"
RUFF = Path(sys.executable).parent / "ruff"
# What else a method is called: resource and method -> name.
ALSO = {("subscriptions", "delete"): "cancel"}


def modules(plan: Plan) -> dict[str, str]:
    """The modules of `peaswap.generated` by name."""
    found = {
        "__init__": '"""What is generated from the OpenAPI document."""\n',
        "params": HEAD.format(about="Parameters.") + _models(plan.sent, DataModelType.TypingTypedDict),
        "objects": HEAD.format(about="Objects.") + _objects(plan),
        "resources": HEAD.format(about="Resources.") + _resources(plan, is_async=False),
        "async_resources": HEAD.format(about="Resources for asyncio.") + _resources(plan, is_async=True),
    }
    return {name: _formatted(name, text) for name, text in found.items()}


def _models(schemas: Mapping[str, Node], kind: DataModelType) -> str:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "PeaSwap", "version": "1"},
        "paths": {},
        "components": {"schemas": {name: _opened(schema) for name, schema in schemas.items()}},
    }
    made = generate(
        json.dumps(document),
        input_file_type=InputFileType.OpenAPI,
        openapi_scopes=[OpenAPIScope.Schemas],
        output_model_type=kind,
        target_python_version=PythonVersion.PY_311,
        enum_field_as_literal=LiteralType.All,
        use_standard_collections=True,
        use_union_operator=True,
        use_schema_description=True,
        disable_timestamp=True,
        disable_future_imports=True,
        formatters=[Formatter.BUILTIN],
        custom_template_dir=TEMPLATES,
    )
    assert isinstance(made, str), "one document makes one module"
    return re.sub(r"^#.*\n", "", made, flags=re.MULTILINE)


def _opened(schema: Any) -> Any:
    """Without what is checked by the server alone: bounds, patterns, and that nothing else is accepted."""
    if isinstance(schema, list):
        return [_opened(each) for each in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    checks = {"pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "default", "title"}
    if is_instant(schema):  # pyright: ignore[reportUnknownArgumentType]
        return {"customTypePath": "peaswap.requests.Instant"}
    node: Node = {str(name): _opened(each) for name, each in schema.items() if name not in checks}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if node.get("additionalProperties") is False:
        del node["additionalProperties"]
    if isinstance(node.get("description"), str):
        node["description"] = " ".join(node["description"].split())
    return node


def _objects(plan: Plan) -> str:
    models = _models(plan.answered, DataModelType.DataclassesDataclass).replace(
        "from dataclasses import dataclass\n", "from peaswap.objects import Object\n"
    )
    known: dict[str, str] = {}
    maps: set[str] = set()
    for name, schema in plan.answered.items():
        for field, each in schema["properties"].items():
            for word in each.get("enum", ()) if field == "object" else ():
                # Where two types are called the same on the wire, the one of that name is the whole object.
                if word != "list" and (word not in known or name == _camel(word)):
                    known[word] = name
            if any(_is_map(choice) for choice in (each, *each.get("anyOf", ()))):
                maps.add(field)
    entries = ", ".join(f'"{word}": {name}' for word, name in sorted(known.items()))
    return f"{models}\n\nObject.known.update({{{entries}}})\nObject.maps.update({sorted(maps)!r})\n"


def _is_map(schema: Node) -> bool:
    return schema.get("type") == "object" and "properties" not in schema


def _resources(plan: Plan, *, is_async: bool) -> str:
    methods = [method for each in plan.resources.values() for method in each]
    objects = sorted({method.answer for method in methods})
    params = sorted({method.params for method in methods})
    pages, sends = ("AsyncList", "SendsAsync") if is_async else ("Page", "Sends")
    lines = [
        "from typing import Unpack",
        f"from peaswap.generated.objects import {', '.join(objects)}",
        f"from peaswap.generated.params import {', '.join(params)}",
        f"from peaswap.pages import {pages}",
        "from peaswap.requests import RequestOptions, filled",
        f"from peaswap.sending import {sends}",
    ]
    tree: dict[str, Any] = {}
    for where, each in plan.resources.items():
        lines += _resource(where, each, is_async=is_async)
        node = tree
        *outer, last = where.split("/")
        for part in outer:
            node = node.setdefault(part, {})
        node[last] = _class_name(where, is_async=is_async)
    for part, inner in tree.items():
        if not isinstance(inner, str):
            lines += _group(_class_name(part, is_async=is_async), f"Resources under `{part}`.", inner, sends)
            tree[part] = _class_name(part, is_async=is_async)
    about = "All resources, as attributes."
    return "\n".join([*lines, *_group("AsyncResources" if is_async else "Resources", about, tree, sends)]) + "\n"


def _group(name: str, about: str, members: Mapping[str, str], sends: str) -> list[str]:
    lines = [f"class {name}:", f'    """{about}"""', f"    def __init__(self, client: {sends}) -> None:"]
    return [*lines, *(f"        self.{member} = {kind}(client)" for member, kind in members.items())]


def _resource(where: str, methods: Sequence[Method], *, is_async: bool) -> list[str]:
    sends = "SendsAsync" if is_async else "Sends"
    lines = [
        f"class {_class_name(where, is_async=is_async)}:",
        f'    """Calls under `/v1/{where}`."""',
        f"    def __init__(self, client: {sends}) -> None:",
        "        self._client = client",
    ]
    for method in methods:
        lines += _method(method, method.name, is_async=is_async)
        also = ALSO.get((where, method.name))
        if also is not None:
            lines += _method(method, also, is_async=is_async)
    return lines


def _method(method: Method, name: str, *, is_async: bool) -> list[str]:
    ids = "".join(f"{id}: str, " for id in method.ids) + ("/, " if method.ids else "")
    signature = f"self, {ids}*, options: RequestOptions | None = None, **params: Unpack[{method.params}]"
    path = f'filled("{method.path}", {", ".join(method.ids)})' if method.ids else f'"{method.path}"'
    if method.paged:
        answer = f"{'AsyncList' if is_async else 'Page'}[{method.answer}]"
        call = f"self._client.pages({path}, params, options, {method.answer})"
        waits = False
    else:
        answer = method.answer
        call = f'self._client.request("{method.http}", {path}, params, options, {method.answer})'
        waits = is_async
    return [
        f"    {'async ' if waits else ''}def {name}({signature}) -> {answer}:",
        f'        """{method.summary}."""',
        f"        return {'await ' if waits else ''}{call}",
    ]


def _class_name(where: str, *, is_async: bool) -> str:
    return f"{'Async' if is_async else ''}{_camel(where.replace('/', '_'))}Resource"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _formatted(name: str, text: str) -> str:
    """As `peaswap check` wants it."""
    for command in (["check", "--fix-only", "--select", "I,UP,F401", "-q"], ["format", "-q"]):
        arguments = [str(RUFF), *command, "--stdin-filename", f"services/sdks/python/peaswap/generated/{name}.py", "-"]
        done = subprocess.run(arguments, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"ruff did not like {name}.py: {done.stderr}{done.stdout}")
        text = done.stdout
    return text
