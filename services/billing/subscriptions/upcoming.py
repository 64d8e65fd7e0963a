"""The invoice that the next renewal will make, as far as the subscription itself says. Pure."""

from services.billing.invoices.decider import INVOICES
from services.billing.invoices.events import InvoiceCreated
from services.billing.invoices.state import evolve
from services.billing.invoices.views import InvoiceObject, invoice_object
from services.billing.subscriptions.proration import period_lines
from services.billing.subscriptions.renewing import next_period
from services.billing.subscriptions.state import Subscription
from services.core.clock import unix
from services.core.ids import derived_id


def upcoming_invoice(subscription: Subscription, livemode: bool) -> InvoiceObject:
    """A draft without pending invoice items and the customer's balance, under the id that the invoice will have."""
    period, _anchor_at = next_period(subscription)
    event = InvoiceCreated(
        id=derived_id(INVOICES.prefix, period.start_at, f"{subscription.id}:{unix(period.start_at)}"),
        customer=subscription.customer,
        currency=subscription.currency,
        billing_reason="SUBSCRIPTION_CYCLE",
        collection_method=subscription.collection_method,
        lines=(*subscription.pending, *period_lines(subscription.items, period)),
        period_start_at=period.start_at,
        period_end_at=period.end_at,
        subscription=subscription.id,
        days_until_due=subscription.days_until_due,
        payment_method=subscription.default_payment_method,
        test_clock=subscription.test_clock,
    )
    return invoice_object(evolve(None, event, subscription.updated_at), livemode)
