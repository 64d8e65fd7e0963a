"""What has another name in Stripe's API: one table, so that Stripe's official SDKs work when pointed at this server.

Only names are translated, and only on the way in; answers are in our own words. What Stripe's API can do and this one
cannot stays unknown here, and is refused by its name.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct


class Names(Struct, frozen=True, kw_only=True):
    """For the parameters of a path. Dots lead into maps and lists.

    renamed   their name -> ours
    granted   parameter -> the values that ask for what happens anyway, and need no answer; empty: any value
    events    parameters that hold types of events
    """

    renamed: Mapping[str, str] = {}
    granted: Mapping[str, Collection[str]] = {}
    events: Collection[str] = ()


class Path(Struct, frozen=True):
    """`theirs` is `ours`, with everything under it. `defaults`: our path -> method -> what they take for granted."""

    theirs: str
    ours: str
    defaults: Mapping[str, Mapping[str, Mapping[str, Any]]] = {}


PATHS: Sequence[Path] = (
    Path("/v1/payment_intents", "/v1/payments", {"/v1/payments": {"POST": {"confirm": False}}}),
    Path("/v1/invoiceitems", "/v1/invoice_items"),
)

NO_TAX = {"automatic_tax.enabled": ("false",)}
NOBODY_TO_ASK = {"off_session": ("true", "false"), "error_on_requires_action": ("true", "false"), "return_url": ()}
ANY_METHOD = {
    "automatic_payment_methods.enabled": ("true",),
    "automatic_payment_methods.allow_redirects": ("always", "never"),
    "confirmation_method": ("automatic",),
    "payment_method_types.0": ("card",),
}

# By the path of our operation, whatever its method: no parameter has two meanings on one path.
NAMES: Mapping[str, Names] = {
    "/v1/customers/{id}": Names(renamed={"invoice_settings.default_payment_method": "default_payment_method"}),
    "/v1/events": Names(events=("type", "types")),
    "/v1/invoice_items": Names(renamed={"pricing.price": "price"}),
    "/v1/invoices": Names(
        renamed={"default_payment_method": "payment_method"},
        granted=NO_TAX,
    ),
    "/v1/invoices/{id}": Names(renamed={"default_payment_method": "payment_method"}, granted=NO_TAX),
    "/v1/invoices/{id}/pay": Names(granted=NOBODY_TO_ASK),
    "/v1/payments": Names(granted={**ANY_METHOD, **NOBODY_TO_ASK}),
    "/v1/payments/{id}/capture": Names(renamed={"amount_to_capture": "amount"}, granted={"final_capture": ("true",)}),
    "/v1/payments/{id}/confirm": Names(granted=NOBODY_TO_ASK),
    "/v1/prices": Names(
        granted={"recurring.usage_type": ("licensed",), "tax_behavior": ("unspecified",)},
    ),
    "/v1/refunds": Names(renamed={"payment_intent": "payment"}),
    "/v1/subscriptions": Names(granted={"status": ("all",), **NOBODY_TO_ASK, **NO_TAX}),
    "/v1/subscriptions/{id}": Names(granted={**NOBODY_TO_ASK, **NO_TAX}),
    "/v1/webhook_endpoints": Names(events=("enabled_events",), granted={"connect": ("false",)}),
    "/v1/webhook_endpoints/{id}": Names(events=("enabled_events",)),
}

# In the paths of `expand`, longest first.
EXPANDS: Mapping[str, str] = {
    "invoice_settings.default_payment_method": "default_payment_method",
    "payment_intent": "payment",
}

# Whole types first, then what they begin with.
EVENT_TYPES: Mapping[str, str] = {"payment_intent.payment_failed": "payment.failed"}
EVENT_GROUPS: Mapping[str, str] = {
    "customer.subscription.": "subscription.",
    "payment_intent.": "payment.",
    "test_helpers.test_clock.": "test_clock.",
}
