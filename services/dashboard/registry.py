"""The pages of the dashboard, and its sidebar. A capability without pages of its own gets the general ones."""

from collections.abc import Mapping, Sequence

from services.api.endpoint import Sent
from services.dashboard import general, searching
from services.dashboard.customers import history
from services.dashboard.customers import pages as customers
from services.dashboard.desk import BY_NAME
from services.dashboard.page import NavItem, Page, Visit
from services.dashboard.settings import pages as settings


async def home(visit: Visit) -> Sent:
    """The first page."""
    return await visit.redirect("/customers")


SPECIAL: Sequence[Page] = (
    Page(path="", get=home),
    *customers.PAGES,
    *history.PAGES,
    *settings.PAGES,
    *searching.PAGES,
)
PAGES: Sequence[Page] = (*SPECIAL, *general.pages_beside(SPECIAL))

# Prefix of an id -> the path of the page of such an object.
PLACES: Mapping[str, str] = {
    BY_NAME[page.capability].decider.prefix: page.path
    for page in PAGES
    if page.capability is not None and page.path.endswith("/{id}")
}

NAV: Sequence[NavItem] = (
    NavItem(label="Customers", path="/customers"),
    NavItem(label="Payments", path="/payments", also=("/refunds",)),
    NavItem(label="Subscriptions", path="/subscriptions"),
    NavItem(label="Invoices", path="/invoices", also=("/invoice_items",)),
    NavItem(label="Settings", path="/settings"),
)
