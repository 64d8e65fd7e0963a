"""The pages of the dashboard, and its sidebar. A capability without pages of its own gets the general ones."""

from collections.abc import Mapping, Sequence

from services.dashboard import general, searching
from services.dashboard.catalogue import prices, products
from services.dashboard.clocks import pages as clocks
from services.dashboard.customers import alike, history, methods
from services.dashboard.customers import pages as customers
from services.dashboard.desk import BY_NAME
from services.dashboard.developers import deliveries, events, keys, requests, webhooks
from services.dashboard.formatting import words
from services.dashboard.home import pages as home
from services.dashboard.invoices import composing, items
from services.dashboard.invoices import pages as invoices
from services.dashboard.page import NavItem, Page
from services.dashboard.payments import pages as payments
from services.dashboard.payments import refunds
from services.dashboard.schedules import pages as schedules
from services.dashboard.settings import gateway
from services.dashboard.settings import pages as settings
from services.dashboard.subscriptions import pages as subscriptions
from services.dashboard.system import pages as system

SPECIAL: Sequence[Page] = (
    *home.PAGES,
    *customers.PAGES,
    *alike.PAGES,
    *history.PAGES,
    *methods.PAGES,
    *payments.PAGES,
    *refunds.PAGES,
    *subscriptions.PAGES,
    *invoices.PAGES,
    *composing.PAGES,
    *items.PAGES,
    *schedules.PAGES,
    *products.PAGES,
    *prices.PAGES,
    *clocks.PAGES,
    *keys.PAGES,
    *webhooks.PAGES,
    *events.PAGES,
    *deliveries.PAGES,
    *requests.PAGES,
    *system.PAGES,
    *settings.PAGES,
    *gateway.PAGES,
    *searching.PAGES,
)
PAGES: Sequence[Page] = (*SPECIAL, *general.pages_beside(SPECIAL))

KNOWN: Sequence[NavItem] = (
    NavItem(label="Home", path=""),
    NavItem(label="Customers", path="/customers", also=("/payment_methods",)),
    NavItem(label="Payments", path="/payments", also=("/refunds",)),
    NavItem(label="Subscriptions", path="/subscriptions"),
    NavItem(label="Invoices", path="/invoices", also=("/invoice_items",)),
    NavItem(label="Schedules", path="/payment_schedules"),
    NavItem(label="Products & prices", path="/products", also=("/prices",)),
    NavItem(label="Test clocks", path="/test_clocks"),
    NavItem(label="Developers", path="/api_keys", also=("/webhook_endpoints", "/events", "/requests")),
    NavItem(label="System", path="/system"),
    NavItem(label="Settings", path="/settings"),
)


def places_of(pages: Sequence[Page]) -> Mapping[str, str]:
    """The path of the page of an object, by the prefix of its id."""
    return {
        BY_NAME[page.capability].decider.prefix: page.path
        for page in pages
        if page.capability is not None and page.path.endswith("/{id}")
    }


def nav_of(pages: Sequence[Page]) -> Sequence[NavItem]:
    """The sidebar: what is known, as far as it is among `pages`, then the lists of capabilities that nobody placed."""
    paths = {page.path for page in pages}
    known = [item for item in KNOWN if item.path in paths]
    placed = {path for item in known for path in (item.path, *item.also)}
    lists = [page.path for page in pages if page.capability is not None and page.path == f"/{page.capability}"]
    return [*known, *(NavItem(label=words(path[1:]), path=path) for path in lists if path not in placed)]
