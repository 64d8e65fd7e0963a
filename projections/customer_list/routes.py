"""Lists of customers: all of them, those that a search finds, and those that look like duplicates."""

from projections.customer_list.duplicates import DuplicateGroup, duplicates
from projections.customer_list.ordering import Direction, Sort, in_order
from projections.customer_list.search import Search
from projections.freshness import ReadSide
from projections.pages import ListQuery, Page, page
from projections.search import SearchPage, SearchQuery, Text, search_page
from services.billing.customers.views import CustomerObject
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid

URL = "/v1/customers"


class CustomersQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`email` finds the exact address, whatever its letter case; `q` any part of name, e-mail or
    phone, or the beginning of an id. What they find is newest first; all customers can also be sorted otherwise."""

    email: Text | None = None
    q: Text | None = None
    sort: Sort = "created"
    direction: Direction | None = None


async def list_customers(call: Call[None, CustomersQuery]) -> Reply:
    """All customers that are not deleted, newest first."""
    query, found = call.query, Search(call.envelope.tenant.number)
    direction = query.direction or ("desc" if query.sort == "created" else "asc")
    if (query.sort, direction) != ("created", "desc"):
        if query.email is not None or query.q or query.created is not None:
            raise Invalid("What a filter finds is newest first: leave out 'sort' and 'direction'.", param="sort")
        return await in_order(call, query, query.sort, direction, URL)
    if query.email is not None:
        found.email(query.email)
    if query.q:
        found.any_part(query.q)
    return await page(call, query, await found.source(call.service(ReadSide)), URL)


async def search(call: Call[None, SearchQuery]) -> Reply:
    """The customers that a query finds, newest first."""
    query, found = call.query, Search(call.envelope.tenant.number)
    found.query(query.query)
    return await search_page(call, query, await found.source(call.service(ReadSide)), f"{URL}/search")


OPERATIONS = (
    Operation(
        methods=("GET",),
        path=URL,
        summary="List customers",
        perform=list_customers,
        needs="customers:read",
        query=CustomersQuery,
        answers=Page[CustomerObject],
    ),
    Operation(
        methods=("GET",),
        path=f"{URL}/search",
        summary="Search customers",
        perform=search,
        needs="customers:read",
        query=SearchQuery,
        answers=SearchPage[CustomerObject],
    ),
    Operation(
        methods=("GET",),
        path=f"{URL}/duplicates",
        summary="List likely duplicates of customers",
        perform=duplicates,
        needs="customers:read",
        query=ListQuery,
        answers=Page[DuplicateGroup],
    ),
)
