"""Parameters of a request: JSON or form, body or query, into one plain map. Hostile input ends here."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from litestar.types import Receive

from services.api.errors import TooLarge, WrongContentType
from services.core.refusal import Invalid, Unavailable

BODY_BYTES_MAX = 1024 * 1024
FIELDS_MAX = 1_000
DEPTH_MAX = 8
JSON_DEPTH_MAX = 64
NUMBER_MAX = 2**63 - 1

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

BROKEN_ESCAPE = "A percent sign must be followed by two hexadecimal digits."
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_INDEX = re.compile(r"[0-9]{1,9}")
_PART = re.compile(r"\[([^\[\]]*)\]")

Parameters = dict[str, Any]


class Malformed(Invalid):
    """The request cannot be read."""

    code = "request_malformed"


async def read_body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    """The whole body. Raises TooLarge beyond 1 MiB, whether or not its length was announced."""
    announced = headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > BODY_BYTES_MAX:
        raise TooLarge
    message = await receive()
    body = cast(bytes, message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unavailable("The client went away.")
        body += cast(bytes, message.get("body", b""))
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge
    return body


def check_path(raw: bytes) -> None:
    """Raises Malformed for a path whose escapes are broken, or whose text no object could have for an id."""
    if b"%" in raw:
        if _BAD_ESCAPE.search(raw):
            raise Malformed(BROKEN_ESCAPE)
        _text(raw)


def parse_body(body: bytes, content_type: str) -> tuple[Parameters, bool]:
    """The parameters of a body, and whether they are typed (JSON) or text (form)."""
    if not body:
        return {}, False
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return _parse_json(body), True
    if kind == FORM_TYPE:
        if body.lstrip()[:1] in {b"{", b"["}:
            # What curl -d sends when nobody says what it is. No parameter begins like that.
            raise Malformed("The body looks like JSON: send it with the header Content-Type: application/json.")
        return parse_form(body), False
    raise WrongContentType


def parse_form(text: bytes) -> Parameters:
    """`a=1&b[c]=2&d[0]=3&e[]=4` as nested maps and lists of text."""
    if not text:
        return {}
    pairs = text.split(b"&")
    if len(pairs) > FIELDS_MAX:
        raise Malformed(f"There are more than {FIELDS_MAX} parameters.")
    if _BAD_ESCAPE.search(text):
        raise Malformed(BROKEN_ESCAPE)
    tree: Parameters = {}
    for pair in pairs:
        if pair:
            name, _, value = pair.partition(b"=")
            _put(tree, _text(name), _text(value))
    # What is at the top is parameters, also where somebody calls them 0 and 1.
    return _each_with_lists(tree)


def _text(encoded: bytes) -> str:
    try:
        text = unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise Malformed("The path and the parameters must be UTF-8.") from None
    if "\x00" in text:
        raise Malformed("NUL characters are not accepted.")
    return text


def _put(tree: Parameters, name: str, value: str) -> None:
    match = _KEY.match(name)
    if match is None:
        raise Malformed(f"'{name[:100]}' is not the name of a parameter.")
    parts = [match[1], *_PART.findall(match[2])]
    if len(parts) > DEPTH_MAX:
        raise Malformed(f"Parameters are nested at most {DEPTH_MAX} deep.")
    node = tree
    for part in parts[:-1]:
        inside: Any = node.setdefault(part, {})
        if isinstance(inside, dict):
            node = cast(Parameters, inside)
        else:
            raise Malformed(f"'{name[:100]}' is given twice, in different shapes.")
    last = parts[-1] or str(len(node))
    if last in node:
        raise Malformed(f"'{name[:100]}' is given twice.")
    node[last] = value


def _with_lists(node: Any) -> Any:
    """Maps whose keys are 0, 1, 2 … were lists; those of metadata are the client's own."""
    if not isinstance(node, dict):
        return node
    tree = _each_with_lists(cast(Parameters, node))
    if tree and all(_INDEX.fullmatch(name) for name in tree):
        return [tree[name] for name in sorted(tree, key=int)]
    return tree


def _each_with_lists(tree: Parameters) -> Parameters:
    return {name: each if name == "metadata" else _with_lists(each) for name, each in tree.items()}


def _parse_json(body: bytes) -> Parameters:
    try:
        parsed = _JSON.decode(body.decode())
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    except ValueError as problem:
        raise Malformed(f"The body is not valid JSON: {problem}.") from None
    if not isinstance(parsed, dict):
        raise Malformed("The body must be a JSON object.")
    # An escape is the only way to write what text in a database cannot hold, and depth costs brackets.
    if b"\\u" in body or body.count(b"[") + body.count(b"{") > JSON_DEPTH_MAX:
        _check_text(parsed, 0)
    return cast(Parameters, parsed)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Parameters:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:100]!r} is given twice")
    return found


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _bounded(text: str) -> int:
    if len(text) > len(str(NUMBER_MAX)) + 1 or abs(int(text)) > NUMBER_MAX:
        raise ValueError("a number is too large")
    return int(text)


# Made once: the standard library would make one for each call.
_JSON = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant, parse_int=_bounded)


def _check_text(value: Any, depth: int) -> None:
    if depth > JSON_DEPTH_MAX:
        raise Malformed("The body is nested too deeply.")
    if isinstance(value, str):
        if "\x00" in value:
            raise Malformed("NUL characters are not accepted.")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise Malformed("The body holds half of a surrogate pair.")
    elif isinstance(value, dict):
        for name, each in cast(Parameters, value).items():
            _check_text(name, depth + 1)
            _check_text(each, depth + 1)
    elif isinstance(value, list):
        for each in cast(Sequence[Any], value):
            _check_text(each, depth + 1)
