"""What a search of customers asks for, and how it is found: few rows by their pieces, many by walking the list."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from projections.customer_list.pieces import asked_pair, asked_pieces, digits, folded, rarest
from projections.freshness import ReadSide
from projections.pages import Condition, Gathering, Source
from projections.search import Clause, QueryUnclear, clauses, created_condition, is_structured
from services.core.refusal import Invalid

TABLE = "rm_customer_list.customers"
READER = "customer_list"
# Up to so many rows are gathered and put in order; of more, the list soon has a page full.
GATHERED_MAX = 2_000
WITHIN_ROWS = 20_000
STATISTICS_SECONDS = 10.0
ID_PREFIX = "cust_"
ID_CHARACTERS_MIN = 10

_WRITTEN_PHONE = re.compile(r"^[+\d\s().\-]*$")

STATISTICS = """
select c.reltuples::bigint, s.most_common_elems::text::integer[], s.most_common_elem_freqs
  from pg_class c
  left join pg_stats s
    on s.schemaname = 'rm_customer_list'
   and s.tablename = 'customers'
   and s.attname = 'pieces'
 where c.oid = 'rm_customer_list.customers'::regclass
"""
NAME = "split_part(t.search, chr(10), 1)"
# Column and form of what a clause can ask for.
FIELDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "email": ("t.email_key", folded),
    "name": (NAME, folded),
    "phone": ("t.phone_key", digits),
}
INDEXED = {"t.email_key", "t.phone_key"}


class Search:
    """Conditions, all of which must hold, and the pieces that every row has for which they do.

    What a text is compared with stands in a `select` of its own, so that its value changes no estimate. Postgres would
    plan the statement anew for each value, which takes longer than to carry it out.
    """

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant
        self._conditions: list[Condition] = []
        self._pieces: set[int] = set()
        self._indexed = False

    def email(self, address: str) -> None:
        """The address, whatever its letter case."""
        self._add("t.email_key = {}", folded(address))
        self._indexed = True

    def any_part(self, text: str) -> None:
        """A part of name, e-mail or phone, or the beginning of an id."""
        text = text.strip()
        if text.startswith(ID_PREFIX) and len(text) >= ID_CHARACTERS_MIN and text.isascii():
            self._add("t.id >= {}", text)
            self._add("t.id < {}", text + "\x7f")
            self._indexed = True
            return
        number = digits(text)
        if len(number) > 1 and _WRITTEN_PHONE.match(text):
            # However it is written: the digits stand there once more with nothing between them.
            text = number
        self._contains("t.search", folded(text))

    def query(self, query: str) -> None:
        """Plain text, or clauses that AND joins; quoted text may hold anything."""
        if not query.strip():
            raise Invalid("'query' must not be empty.", code="parameter_missing", param="query")
        if not is_structured(query):
            self.any_part(query)
            return
        for clause in clauses(query):
            self._clause(clause)

    async def source(self, read: ReadSide) -> Source:
        """Where the list comes from."""
        if self._indexed or not self._pieces:
            return Source(TABLE, "customer", (READER,), self._conditions)
        rows, shares = await read.now_and_then(STATISTICS, STATISTICS_SECONDS, _common)
        asked, share = rarest(self._pieces, shares)
        condition = ("pieces @> (select {}::integer[])", asked)
        gathering = Gathering(condition, GATHERED_MAX, WITHIN_ROWS, many=share * rows > GATHERED_MAX)
        return Source(TABLE, "customer", (READER,), self._conditions, gathering)

    def _clause(self, clause: Clause) -> None:
        field, key, value = clause.field, clause.key, clause.value
        exact = clause.operator == ":"
        if field == "created":
            self._conditions.append(created_condition(clause))
            return
        if field == "metadata" and key is not None and exact:
            self._add("t.metadata @> {}::jsonb", msgspec.json.encode({key: value}).decode())
            self._pieces.add(asked_pair(self._tenant, key, value))
            return
        if key is None and field in FIELDS and clause.operator in {":", "~"}:
            column, form = FIELDS[field]
            self._field(column, form(value), exact=exact)
            return
        raise QueryUnclear(
            f"Customers cannot be searched by '{field}{clause.operator}'; there are email, name, phone with : and ~, "
            'metadata["key"] with :, and created with :, <, <=, > and >=.',
            param="query",
        )

    def _field(self, column: str, value: str, *, exact: bool) -> None:
        if not exact:
            self._contains(column, value)
            return
        self._add(f"{column} = {{}}", value)
        self._pieces.update(asked_pieces(self._tenant, value))
        self._indexed = self._indexed or column in INDEXED

    def _contains(self, column: str, text: str) -> None:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        self._add(f"{column} like (select {{}})", f"%{escaped}%")
        self._pieces.update(asked_pieces(self._tenant, text))

    def _add(self, condition: str, value: Any) -> None:
        self._conditions.append((condition, value))


def _common(rows: Sequence[Any]) -> tuple[int, dict[int, float]]:
    """How many rows the table has, and which share of them has each common piece. What was never analysed is small."""
    count, pieces, shares = rows[0]
    return count, dict(zip(pieces or (), shares or (), strict=False))
