"""Lists: a page at a time, or every object by iterating."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

from peaswap.objects import Object

T = TypeVar("T", bound=Object)
More = dict[str, Any]


class Found(Generic[T]):
    """What a page holds."""

    def __init__(self, answer: Mapping[str, Any], kind: type[T]) -> None:
        self.url: str = answer["url"]
        self.has_more: bool = answer["has_more"]
        self.data: list[T] = [kind.of(each) for each in answer["data"]]
        self.answer = answer

    def following(self) -> More | None:
        """The parameters that ask for the next page; None after the last."""
        if not self.has_more or not self.data:
            return None
        if self.answer.get("next_page"):
            return {"page": self.answer["next_page"]}
        last = self.answer["data"][-1]
        id = last.get("id") or last.get("event")
        return {"starting_after": id} if id else None


class Page(Found[T]):
    """A page. Iterating goes on through all pages; `data` is this one's."""

    def __init__(self, ask: Callable[[More], Mapping[str, Any]], kind: type[T], more: More) -> None:
        super().__init__(ask(more), kind)
        self._ask = ask
        self._kind = kind

    def next_page(self) -> "Page[T] | None":
        """The page after this one; None after the last."""
        more = self.following()
        return None if more is None else Page(self._ask, self._kind, more)

    def __iter__(self) -> Iterator[T]:
        page: Page[T] | None = self
        while page is not None:
            yield from page.data
            page = page.next_page()


class AsyncPage(Found[T]):
    """A page. Iterating goes on through all pages; `data` is this one's."""

    def __init__(
        self, answer: Mapping[str, Any], ask: Callable[[More], Awaitable[Mapping[str, Any]]], kind: type[T]
    ) -> None:
        super().__init__(answer, kind)
        self._ask = ask
        self._kind = kind

    async def next_page(self) -> "AsyncPage[T] | None":
        """The page after this one; None after the last."""
        more = self.following()
        return None if more is None else AsyncPage(await self._ask(more), self._ask, self._kind)

    async def __aiter__(self) -> AsyncIterator[T]:
        page: AsyncPage[T] | None = self
        while page is not None:
            for each in page.data:
                yield each
            page = await page.next_page()


class AsyncList(Generic[T]):
    """A list that is yet to be asked for: `await` gives its first page, `async for` every object."""

    def __init__(self, ask: Callable[[More], Awaitable[Mapping[str, Any]]], kind: type[T]) -> None:
        self._ask = ask
        self._kind = kind

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for each in cast(AsyncIterator[T], await self._first()):
            yield each

    async def _first(self) -> AsyncPage[T]:
        return AsyncPage(await self._ask({}), self._ask, self._kind)
