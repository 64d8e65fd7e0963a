"""`GET /v1/customers/{id}/payment_methods`: the list of payment methods, seen from their customer."""

from typing import Any

from projections.pages import ListQuery, Page, Source, page
from services.billing.customers.decider import CUSTOMERS, CustomerMissing
from services.billing.payment_methods.views import PaymentMethodObject
from services.core.operation import Call, Operation, Reply


async def list_methods(call: Call[None, ListQuery]) -> Reply:
    """The saved methods of a customer, newest first."""
    id = call.path["id"]
    if (await call.engine.load(CUSTOMERS, call.envelope.tenant, id)).state is None:
        raise CustomerMissing(f"No such customer: '{id}'.", param="id")
    conditions: list[tuple[str, Any]] = [
        ("t.category = {}", "payment_method"),
        ("t.field = {}", "customer"),
        ("t.value = {}", id),
    ]
    source = Source("rm_objects.filters", "payment_method", (), conditions)
    return await page(call, call.query, source, f"/v1/customers/{id}/payment_methods")


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/customers/{id}/payment_methods",
        summary="List the payment methods of a customer",
        perform=list_methods,
        needs="payment_methods:read",
        query=ListQuery,
        answers=Page[PaymentMethodObject],
    ),
)
