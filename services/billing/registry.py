"""The capabilities of the house: one line each. `ls` of this folder says the same."""

from collections.abc import Mapping, Sequence

from services.billing.accounts.routes import CAPABILITY as ACCOUNTS
from services.billing.api_keys.routes import CAPABILITY as API_KEYS
from services.billing.customers.routes import CAPABILITY as CUSTOMERS
from services.billing.erasures.routes import CAPABILITY as ERASURES
from services.billing.invoice_items.routes import CAPABILITY as INVOICE_ITEMS
from services.billing.invoice_numbers.routes import CAPABILITY as INVOICE_NUMBERS
from services.billing.invoices.routes import CAPABILITY as INVOICES
from services.billing.payment_methods.routes import CAPABILITY as PAYMENT_METHODS
from services.billing.payment_schedules.routes import CAPABILITY as PAYMENT_SCHEDULES
from services.billing.payments.routes import CAPABILITY as PAYMENTS
from services.billing.prices.routes import CAPABILITY as PRICES
from services.billing.products.routes import CAPABILITY as PRODUCTS
from services.billing.refunds.routes import CAPABILITY as REFUNDS
from services.billing.subscriptions.routes import CAPABILITY as SUBSCRIPTIONS
from services.billing.test_clocks.routes import CAPABILITY as TEST_CLOCKS
from services.billing.users.routes import CAPABILITY as USERS
from services.billing.webhook_endpoints.routes import CAPABILITY as WEBHOOK_ENDPOINTS
from services.core.capability import Capability
from services.core.event import EventCodec
from services.core.operation import Operation

CAPABILITIES: Sequence[Capability] = (
    ACCOUNTS,
    API_KEYS,
    CUSTOMERS,
    ERASURES,
    PAYMENT_METHODS,
    PAYMENTS,
    REFUNDS,
    PRODUCTS,
    PRICES,
    TEST_CLOCKS,
    SUBSCRIPTIONS,
    INVOICES,
    INVOICE_ITEMS,
    INVOICE_NUMBERS,
    PAYMENT_SCHEDULES,
    USERS,
    WEBHOOK_ENDPOINTS,
)

BY_CATEGORY: Mapping[str, Capability] = {capability.decider.category: capability for capability in CAPABILITIES}
CODECS: Mapping[str, EventCodec] = {category: each.decider.events for category, each in BY_CATEGORY.items()}
OPERATIONS: Sequence[Operation] = tuple(operation for each in CAPABILITIES for operation in each.operations)
