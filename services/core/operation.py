"""An operation: one call that clients can make, declared once.

The table of all operations gives the routes, the permission checks, the OpenAPI document, the reference at
/docs, and the test that tries every route with every kind of key.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.step import Answer, Handled

B = TypeVar("B")
Q = TypeVar("Q")
K = TypeVar("K")
Method = Literal["GET", "POST", "PUT", "DELETE"]


class Call(Struct, Generic[B, Q], frozen=True):
    """A request after authentication and parsing: typed body and query, ids from the path, lower-case headers."""

    engine: Engine
    envelope: Envelope
    body: B
    query: Q
    path: Mapping[str, str]
    headers: Mapping[str, str]
    services: Mapping[type, Any]

    def service(self, kind: type[K]) -> K:
        """A collaborator that the assembly provides, such as the gateways or the read side."""
        return self.services[kind]


class Reply(Struct, frozen=True):
    """An answer on its way out: `position` becomes Peaswap-Position, `replayed` Idempotent-Replayed, `stale`
    Peaswap-Stale."""

    answer: Answer
    position: int | None = None
    replayed: bool = False
    stale: bool = False

    @classmethod
    def of(cls, handled: Handled[Any]) -> "Reply":
        """The reply to a command that was handled with a `settles`."""
        assert handled.answer is not None
        return cls(handled.answer, handled.position)


class Operation(Struct, frozen=True, kw_only=True):
    """`path` has ids in braces (`/v1/customers/{id}`); `needs` is `resource:read` or `resource:write`.

    `methods` lists several where they mean the same (PUT and POST of an update). `body` and `query` are Structs
    that refuse unknown fields; `answers` is the Struct of a 200; `description` is Markdown for the reference;
    `charges` that it can be declined (402).
    """

    methods: tuple[Method, ...]
    path: str
    summary: str
    perform: Callable[[Call[Any, Any]], Awaitable[Reply]]
    needs: str
    answers: Any
    body: type[Struct] | None = None
    query: type[Struct] | None = None
    description: str = ""
    charges: bool = False
