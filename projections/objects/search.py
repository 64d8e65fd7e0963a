"""`GET /v1/invoices/search` and its like: objects by what lists filter them by, by their metadata and their age."""

from typing import Any

import msgspec
from msgspec import structs

from projections.objects.routes import Perform
from projections.pages import ALSO, Condition, Source, words_of
from projections.search import Clause, QueryUnclear, SearchPage, SearchQuery, clauses, created_condition
from projections.search import search_page as page
from services.billing.registry import CAPABILITIES
from services.core.capability import Capability
from services.core.operation import Call, Operation, Reply

# Customers are also found by parts of their name, and have a read model of their own for it.
ELSEWHERE = {"customers"}
MEANING = 'Clauses such as `customer:"cust_…"`, `metadata["key"]:"value"` and `created>1640995200`, joined by AND.'


def search(capability: Capability) -> Perform:
    """The operation that searches the objects of a capability."""
    category, url = capability.decider.category, f"{capability.url}/search"

    async def perform(call: Call[None, SearchQuery]) -> Reply:
        conditions: list[Condition] = [("t.category = {} and not t.gone", category)]
        conditions += [_condition(capability, clause) for clause in clauses(call.query.query)]
        return await page(call, call.query, Source("rm_objects.objects", category, (), conditions), url)

    return perform


def _condition(capability: Capability, clause: Clause) -> Condition:
    if clause.field == "created":
        return created_condition(clause)
    if clause.operator == ":" and clause.field == "metadata" and clause.key is not None:
        return "(t.state -> 'metadata')::jsonb @> {}::jsonb", msgspec.json.encode({clause.key: clause.value}).decode()
    if clause.operator == ":" and clause.field in capability.filters and clause.key is None:
        words = {word.upper(): word for word in words_of(capability.view_type, clause.field)}
        return ALSO.format(field=clause.field, value="{}"), words.get(clause.value.upper(), clause.value)
    if clause.operator == "~" and clause.key is None and clause.field in capability.texts:
        where = ", ".join(f"'{step}'" for step in capability.texts[clause.field])
        return f"strpos(lower(t.state #>> array[{where}]), lower({{}})) > 0", clause.value
    fields = ", ".join([*capability.filters, "created", 'metadata["key"]'])
    parts = f", parts (~) of {', '.join(capability.texts)}" if capability.texts else ""
    raise QueryUnclear(
        f"'query' can ask for equal values (:) of {fields}{parts}; and created with <, <=, > and >=.", param="query"
    )


def _searchable(capability: Capability) -> bool:
    has_metadata = any(field.name == "metadata" for field in structs.fields(capability.view_type))
    return has_metadata and capability.readable and capability.name not in ELSEWHERE


def _operation(capability: Capability) -> Operation:
    answers: Any = SearchPage[capability.view_type]
    return Operation(
        methods=("GET",),
        path=f"{capability.url}/search",
        summary=f"Search {capability.name.replace('_', ' ')}",
        perform=search(capability),
        needs=f"{capability.name}:read",
        query=SearchQuery,
        answers=answers,
        description=MEANING + "".join(f' `{text}~"…"` finds parts.' for text in capability.texts),
    )


OPERATIONS = [_operation(each) for each in CAPABILITIES if _searchable(each)]
