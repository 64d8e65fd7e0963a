"""`GET /v1/invoices/{id}/lines`: the lines of an invoice, page by page, in the order in which the invoice has them."""

from typing import Annotated

from msgspec import Meta, Struct, structs

from projections.pages import cursor_of
from services.billing.invoices.lookup import existing_invoice
from services.billing.invoices.views import LineList, line_list
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.wire import ok


class LinesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`starting_after` and `ending_before` are ids of lines."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    starting_after: str | None = None
    ending_before: str | None = None


async def list_lines(call: Call[None, LinesQuery]) -> Reply:
    """The lines of an invoice."""
    query = call.query
    cursor_of(query.starting_after, query.ending_before)
    invoice = (await existing_invoice(call.engine, call.envelope, call.path["id"])).invoice
    listed = line_list(invoice.id, invoice.lines, invoice.currency)
    ids = [line.id for line in listed.data]
    lines = listed.data
    if query.starting_after is not None:
        lines = lines[_index(ids, query.starting_after, "starting_after") + 1 :]
    if query.ending_before is not None:
        lines = lines[: _index(ids, query.ending_before, "ending_before")]
        shown = lines[-query.limit :]
    else:
        shown = lines[: query.limit]
    return Reply(ok(structs.replace(listed, data=shown, has_more=len(lines) > len(shown))))


def _index(ids: list[str], id: str, param: str) -> int:
    if id not in ids:
        raise Invalid(f"'{param}' names no line of this invoice: '{id}'.", code="resource_missing", param=param)
    return ids.index(id)


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/invoices/{id}/lines",
        summary="List the lines of an invoice",
        perform=list_lines,
        needs="invoices:read",
        query=LinesQuery,
        answers=LineList,
    ),
)
