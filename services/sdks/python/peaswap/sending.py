"""What the generated resources ask of a client."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from peaswap.objects import Object
from peaswap.pages import AsyncList, Page
from peaswap.requests import RequestOptions

T = TypeVar("T", bound=Object)


class Sends(Protocol):
    """A client that waits for its answers."""

    def request(
        self, method: str, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]
    ) -> T:
        """The object that the server answers."""
        ...

    def pages(self, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]) -> Page[T]:
        """The first page of a list."""
        ...


class SendsAsync(Protocol):
    """A client whose answers are awaited."""

    async def request(
        self, method: str, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]
    ) -> T:
        """The object that the server answers."""
        ...

    def pages(
        self, path: str, parameters: Mapping[str, Any], options: RequestOptions | None, kind: type[T]
    ) -> AsyncList[T]:
        """A list, to be awaited or iterated over."""
        ...
