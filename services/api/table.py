"""Which endpoint serves a path: the table of operations as a tree of path segments.

Operations are found here and not by Litestar's router, which costs as much as a whole create does elsewhere; it serves
everything else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

from services.api.endpoint import Endpoint
from services.core.ids import new_id

Node = dict[str, Any]
# Keys that no segment can be: one holds the branch for an id, one what the path ends at.
ID, END = "/id", "/end"


class Table:
    """Paths such as `/v1/customers/{id}`; a word goes before an id."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._root: Node = {}
        for path, endpoint in endpoints.items():
            node, names = self._root, list[str]()
            for segment in path.split("/")[1:]:
                if segment.startswith("{"):
                    names.append(segment[1:-1])
                    segment = ID  # noqa: PLW2901
                node = node.setdefault(segment, {})
            node[END] = (endpoint, names)

    def find(self, path: str) -> tuple[Endpoint, Mapping[str, str]] | None:
        """The endpoint of `path`, and the ids in it by name; a slash at the end changes nothing."""
        ids: list[str] = []
        found = _walk(self._root, path.rstrip("/").split("/")[1:], 0, ids)
        if found is None:
            return None
        endpoint, names = found
        return endpoint, dict(zip(names, ids, strict=True))


def _walk(node: Node, segments: Sequence[str], at: int, ids: list[str]) -> tuple[Endpoint, Sequence[str]] | None:
    if at == len(segments):
        return node.get(END)
    segment = segments[at]
    inner = node.get(segment)
    if inner is not None:
        found = _walk(inner, segments, at + 1, ids)
        if found is not None:
            return found
    inner = node.get(ID)
    if inner is None or not segment:
        return None
    ids.append(segment)
    found = _walk(inner, segments, at + 1, ids)
    if found is None:
        ids.pop()
    return found


class Application(Litestar):
    """Litestar, with the operations in front of it."""

    operations: Table = Table({})

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        if scope["type"] == "http":
            found = self.operations.find(scope["path"])
            if found is not None:
                # An endpoint reads the scope as what it is, a map of what the server says.
                asked: tuple[Any, Any, Any] = (scope, receive, send)
                await found[0](*asked, found[1])
                return
            send = _with_request_id(send)
        await super().__call__(scope, receive, send)


def _with_request_id(send: Send) -> Send:
    """Sends what an answer lacks that did not come from an operation: every one has a Request-Id."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            if not any(name.lower() == b"request-id" for name, _ in headers):
                message["headers"] = [*headers, (b"request-id", new_id("req").encode())]
        await send(message)

    return sending
