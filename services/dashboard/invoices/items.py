"""Invoice items: the list. They are made where an invoice is composed, and wait for it."""

from services.dashboard.listing import Column, Filter, Listing, customer_of, page_of

LIST = Listing(
    path="/invoice_items",
    url="/v1/invoice_items",
    title="Invoice items",
    capability="invoice_items",
    columns=(
        Column(name="what", label="Description"),
        Column(name="amount", label="Amount", kind="money"),
        Column(name="customer_name", label="Customer"),
        Column(name="state", label="State"),
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
        "state": "Invoiced" if row["invoice"] else "Waiting",
    },
    expand=("data.customer",),
)

PAGES = (page_of(LIST, detail=False),)
