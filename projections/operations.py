"""The operations that read: one line for each module that has some."""

from collections.abc import Sequence

from projections import system
from projections.analytics import routes as analytics
from projections.customer_list import routes as customer_list
from projections.event_feed import routes as event_feed
from projections.history import routes as history
from projections.objects import customers_methods, invoice_lines, search
from projections.objects import routes as objects
from projections.payment_history import routes as payment_history
from projections.webhook_deliveries import routes as webhook_deliveries
from services.core.operation import Operation

OPERATIONS: Sequence[Operation] = (
    *customer_list.OPERATIONS,
    *objects.OPERATIONS,
    *search.OPERATIONS,
    *customers_methods.OPERATIONS,
    *invoice_lines.OPERATIONS,
    *payment_history.OPERATIONS,
    *analytics.OPERATIONS,
    *history.OPERATIONS,
    *event_feed.OPERATIONS,
    *webhook_deliveries.OPERATIONS,
    *system.OPERATIONS,
)
