"""Lists: a page at a time, or every object by iterating."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

from peaswap.objects import Object

T = TypeVar("T", bound=Object)
More = dict[str, Any]


class Found(Generic[T]):
    """What a page holds, in the order of the list. `backwards`: it was asked for with `ending_before`, so that what
    comes next stands before it in the list, and is gone through from its end."""

    def __init__(self, answer: Mapping[str, Any], kind: type[T], *, backwards: bool) -> None:
        self.url: str = answer["url"]
        self.has_more: bool = answer["has_more"]
        self.data: list[T] = [kind.of(each) for each in answer["data"]]
        self.answer = answer
        self.backwards = backwards

    def __repr__(self) -> str:
        more = ", and there are more" if self.has_more else ""
        return f"<{type(self).__name__} of {self.url}: {len(self.data)} on this page{more}: {self.data!r}>"

    def in_turn(self) -> list[T]:
        """The objects in the order in which they are gone through."""
        return self.data[::-1] if self.backwards else self.data

    def following(self) -> More | None:
        """The parameters that ask for the next page; None after the last."""
        if not self.has_more or not self.data:
            return None
        if self.answer.get("next_page"):
            return {"page": self.answer["next_page"]}
        last = self.answer["data"][0 if self.backwards else -1]
        id = last.get("id") or last.get("event")
        return {"ending_before" if self.backwards else "starting_after": id} if id else None


class Page(Found[T]):
    """A page. Iterating goes on through all pages; `data` is this one's."""

    def __init__(self, ask: Callable[[More], Mapping[str, Any]], kind: type[T], more: More, *, backwards: bool) -> None:
        super().__init__(ask(more), kind, backwards=backwards)
        self._ask = ask
        self._kind = kind

    def next_page(self) -> "Page[T] | None":
        """The page after this one; None after the last."""
        more = self.following()
        return None if more is None else Page(self._ask, self._kind, more, backwards=self.backwards)

    def __iter__(self) -> Iterator[T]:
        page: Page[T] | None = self
        while page is not None:
            yield from page.in_turn()
            page = page.next_page()


class AsyncPage(Found[T]):
    """A page. Iterating goes on through all pages; `data` is this one's."""

    def __init__(
        self,
        answer: Mapping[str, Any],
        ask: Callable[[More], Awaitable[Mapping[str, Any]]],
        kind: type[T],
        *,
        backwards: bool,
    ) -> None:
        super().__init__(answer, kind, backwards=backwards)
        self._ask = ask
        self._kind = kind

    async def next_page(self) -> "AsyncPage[T] | None":
        """The page after this one; None after the last."""
        more = self.following()
        if more is None:
            return None
        return AsyncPage(await self._ask(more), self._ask, self._kind, backwards=self.backwards)

    async def __aiter__(self) -> AsyncIterator[T]:
        page: AsyncPage[T] | None = self
        while page is not None:
            for each in page.in_turn():
                yield each
            page = await page.next_page()


class AsyncList(Generic[T]):
    """A list that is yet to be asked for: `await` gives its first page, `async for` every object."""

    def __init__(self, ask: Callable[[More], Awaitable[Mapping[str, Any]]], kind: type[T], *, backwards: bool) -> None:
        self._ask = ask
        self._kind = kind
        self._backwards = backwards

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for each in cast(AsyncIterator[T], await self._first()):
            yield each

    async def _first(self) -> AsyncPage[T]:
        return AsyncPage(await self._ask({}), self._ask, self._kind, backwards=self._backwards)
