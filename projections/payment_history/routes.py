"""Lists of payments."""

from typing import Any

from projections.pages import ListQuery, Page, Source, page
from services.billing.payments.state import PaymentStatus
from services.billing.payments.views import PaymentObject
from services.core.operation import Call, Operation, Reply

URL = "/v1/payments"
FILTERS = ("customer", "status", "subscription", "invoice")


class PaymentsQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Payments of a deleted customer are listed too."""

    customer: str | None = None
    status: PaymentStatus | None = None
    subscription: str | None = None
    invoice: str | None = None


async def list_payments(call: Call[None, PaymentsQuery]) -> Reply:
    """All payments, newest first."""
    conditions: list[tuple[str, Any]] = []
    for field in FILTERS:
        value: str | None = getattr(call.query, field)
        if value is not None:
            conditions.append((f"t.{field} = {{}}", value))
    source = Source("rm_payment_history.payments", "payment", ("payment_history",), conditions)
    return await page(call, call.query, source, URL)


OPERATIONS = (
    Operation(
        methods=("GET",),
        path=URL,
        summary="List payments",
        perform=list_payments,
        needs="payments:read",
        query=PaymentsQuery,
        answers=Page[PaymentObject],
    ),
)
