"""The language of searches: clauses such as `email:"a@b.c" AND created>1640995200`, as in Stripe's API."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

from msgspec import Meta, Struct, structs

from projections.pages import SECONDS_MAX, Condition, ListQuery, Source, look
from services.core.clock import from_unix
from services.core.operation import Call, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

T = TypeVar("T")
SEARCH_CHARACTERS_MAX = 500
CLAUSES_MAX = 10
SECOND = timedelta(seconds=1)

Text = Annotated[str, Meta(max_length=SEARCH_CHARACTERS_MAX)]

_CLAUSE = re.compile(
    r"""\s*(\w+)(?:\[(?:"([^"]{1,40})"|'([^']{1,40})')\])?\s*(>=|<=|[:~<>])\s*"""
    r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d{1,12})(?!\w))\s*"""
)
_STRUCTURED = re.compile(r"""^\s*\w+(\[.*?\])?\s*(?:[:~]\s*["']|[:<>]=?\s*\d)""")


class QueryUnclear(Invalid):
    """'query' is not understood: join clauses such as status:"ACTIVE" or metadata["key"]:"value" by AND."""

    code = "query_invalid"


class SearchQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`query`: clauses such as `email:"a@b.c" AND name~"joe"` (`:` is equal, `~` contains, `>` and `<` compare
    `created`). `page` is the `next_page` of the page before."""

    query: Text
    page: str | None = None


class SearchPage(Struct, Generic[T], frozen=True, kw_only=True):
    """A page of what a search found, newest first; `next_page` asks for the next one."""

    object: Literal["search_result"] = "search_result"
    url: str
    has_more: bool
    next_page: str | None
    data: Sequence[T]


class Clause(Struct, frozen=True):
    """One demand of a query; `key` is that of the metadata."""

    field: str
    key: str | None
    operator: str
    value: str


def is_structured(query: str) -> bool:
    """Whether the query is made of clauses; else it is plain text."""
    return _STRUCTURED.match(query) is not None


def clauses(query: str) -> list[Clause]:
    """The clauses of a query, which AND joins; quoted text may hold anything. Raises Invalid."""
    found: list[Clause] = []
    rest = query
    while clause := _CLAUSE.match(rest):
        quoted = clause[5] if clause[5] is not None else clause[6]
        value = clause[7] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        found.append(Clause(clause[1], clause[2] or clause[3], clause[4], value))
        rest = rest[clause.end() :]
        joined = re.match(r"and\s+", rest, re.IGNORECASE)
        if not rest and len(found) <= CLAUSES_MAX:
            return found
        if joined is None:
            break
        rest = rest[joined.end() :]
    raise QueryUnclear(param="query")


def created_condition(clause: Clause) -> Condition:
    """A clause on `created`, in Unix seconds: an object created at 12.7 s shows 12, and is compared as 12."""
    if not clause.value.isdigit() or not clause.value.isascii() or clause.key is not None:
        raise QueryUnclear("'created' is compared with Unix seconds.", param="query")
    at: datetime = from_unix(min(int(clause.value), SECONDS_MAX - 1))
    match clause.operator:
        case ">":
            return "t.created_at >= {}", at + SECOND
        case ">=":
            return "t.created_at >= {}", at
        case "<":
            return "t.created_at < {}", at
        case "<=":
            return "t.created_at < {}", at + SECOND
        case ":":
            return "date_trunc('second', t.created_at) = {}", at
        case _:
            raise QueryUnclear("'created' is compared by :, <, <=, > or >=.", param="query")


async def search_page(call: Call[Any, Any], query: SearchQuery, source: Source, url: str) -> Reply:
    """The page that a search asks for, as fresh as the caller's own writes."""
    if query.page is not None:
        query = structs.replace(query, starting_after=query.page)
    found = await look(call, query, source)
    last: Any = found.data[-1] if found.data and found.has_more else None
    next_page: str | None = None if last is None else last.id
    page = SearchPage(url=url, has_more=found.has_more, next_page=next_page, data=found.data)
    return Reply(ok(page), stale=found.stale)
