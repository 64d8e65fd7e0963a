"""`GET /v1/customers/{id}/payment_methods`: the list of payment methods, seen from their customer."""

from typing import Any

from projections.pages import ALSO, ListQuery, Page, Source, page
from services.billing.customers.decider import CUSTOMERS, CustomerMissing
from services.billing.payment_methods.views import PaymentMethodObject
from services.core.operation import Call, Operation, Reply
from services.gateways.gateway import MethodKind


class MethodsQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`type`: cards only, or bank accounts only."""

    type: MethodKind | None = None


async def list_methods(call: Call[None, MethodsQuery]) -> Reply:
    """The saved methods of a customer, newest first."""
    id = call.path["id"]
    if (await call.engine.load(CUSTOMERS, call.envelope.tenant, id)).state is None:
        raise CustomerMissing(f"No such customer: '{id}'.", param="id")
    conditions: list[tuple[str, Any]] = [
        ("t.category = {}", "payment_method"),
        ("t.field = {}", "customer"),
        ("t.value = {}", id),
    ]
    if call.query.type is not None:
        conditions.append((ALSO.format(field="type", value="{}"), call.query.type))
    source = Source("rm_objects.filters", "payment_method", (), conditions)
    return await page(call, call.query, source, f"/v1/customers/{id}/payment_methods")


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/customers/{id}/payment_methods",
        summary="List the payment methods of a customer",
        perform=list_methods,
        needs="payment_methods:read",
        query=MethodsQuery,
        answers=Page[PaymentMethodObject],
    ),
)
