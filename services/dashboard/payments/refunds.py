"""Refunds: the list. They are made from the page of the payment."""

from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of
from services.dashboard.payments.pages import TABS

LIST = Listing(
    path="/refunds",
    url="/v1/refunds",
    title="Refunds",
    capability="refunds",
    columns=(
        Column(name="amount", label="Amount", kind="money"),
        Column(name="status", label="Status", kind="status"),
        Column(name="customer_name", label="Customer"),
        Column(name="reason", label="Reason", kind="words", more=True),
        Column(name="created", label="Created", kind="instant"),
    ),
    nothing="Refunds are made from the page of the payment.",
    filters=(
        Filter(name="customer", label="Customer", of="customers"),
        Filter(name="payment", label="Payment", placeholder="pay_…"),
    ),
    row=lambda row, _now: {**customer_of(row), "href": f"payments/{row['payment']}"},
    expand=("data.customer",),
    tabs=TABS,
)

PAGES = (page_of(LIST, detail=False),)
