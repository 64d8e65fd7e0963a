"""Invoice items: the list. They are made where an invoice is composed, and wait for it."""

from services.dashboard.invoices.pages import TABS
from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of

LIST = Listing(
    path="/invoice_items",
    url="/v1/invoice_items",
    title="Invoice items",
    tabs=TABS,
    capability="invoice_items",
    columns=(
        Column(name="what", label="Description"),
        Column(name="state", label="State", kind="status"),
        Column(name="customer_name", label="Customer"),
        Column(name="amount", label="Amount", kind="money"),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="Items are added where an invoice is composed, on the page of a customer, or through the API.",
    filters=(
        Filter(name="pending", label="State", options=(("true", "Waiting"), ("false", "Invoiced"))),
        Filter(name="customer", label="Customer", of="customers"),
    ),
    row=lambda row, _now: {
        **customer_of(row),
        "what": row["description"] or "No description",
        "state": "INVOICED" if row["invoice"] else "WAITING",
    },
    expand=("data.customer",),
)

PAGES = (page_of(LIST, detail=False),)
