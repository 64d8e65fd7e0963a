"""Parameters mean the same in both spellings; what is not granted is left to be refused by its name."""

from typing import Any

import pytest

from services.api.meaning import expand_path, meaning_of
from services.api.stripe_names import NAMES, PATHS
from services.billing.payments.routes import PaymentDraft
from services.billing.prices.routes import PriceDraft
from services.billing.registry import OPERATIONS
from services.billing.subscriptions.drafts import SubscriptionDraft
from services.core.refusal import Invalid


def test_words_are_read_in_either_case_wherever_they_stand() -> None:
    given: dict[str, Any] = {
        "recurring": {"interval": "month"},
        "billing_scheme": "Tiered",
        "nickname": "month",
        "tiers": [{}],
    }
    meant: dict[str, Any] = {
        "recurring": {"interval": "MONTH"},
        "billing_scheme": "TIERED",
        "nickname": "month",
        "tiers": [{}],
    }
    assert meaning_of("/v1/prices", PriceDraft).of(given) == meant
    trial = {"end_behavior": {"missing_payment_method": "pause"}}
    subscription = {"payment_behavior": "default_incomplete", "trial_settings": trial, "metadata": {"plan": "none"}}
    assert meaning_of("/v1/subscriptions", SubscriptionDraft).of(subscription) == {
        "payment_behavior": "DEFAULT_INCOMPLETE",
        "trial_settings": {"end_behavior": {"missing_payment_method": "PAUSE"}},
        "metadata": {"plan": "none"},
    }


def test_parameters_are_renamed_and_what_happens_anyway_is_granted() -> None:
    customer = meaning_of("/v1/customers/{id}", None)
    assert customer.of({"invoice_settings": {"default_payment_method": "pm_1"}}) == {"default_payment_method": "pm_1"}
    footer = {"invoice_settings": {"default_payment_method": "pm_1", "footer": "Thanks"}}
    assert customer.of(footer) == {"default_payment_method": "pm_1", "invoice_settings": {"footer": "Thanks"}}
    payment = meaning_of("/v1/payments", PaymentDraft)
    assert payment.of({"amount": 5, "automatic_payment_methods": {"enabled": True}}) == {"amount": 5}
    assert payment.of({"payment_method_types": ["card"]}) == {}
    refused: dict[str, Any] = {"payment_method_types": ["card", "link"], "confirmation_method": "manual"}
    assert payment.of(dict(refused)) == {"payment_method_types": ["link"], "confirmation_method": "manual"}
    with pytest.raises(Invalid, match="given twice"):
        meaning_of("/v1/refunds", None).of({"payment": "pay_1", "payment_intent": "pay_2"})


def test_types_of_events_and_paths_of_expand_have_other_names() -> None:
    events = meaning_of("/v1/events", None)
    assert events.of({"types": ["customer.subscription.created", "payment_intent.succeeded", "invoice.paid"]}) == {
        "types": ["subscription.created", "payment.succeeded", "invoice.paid"]
    }
    assert expand_path("data.latest_invoice.payment_intent") == "data.latest_invoice.payment"
    assert expand_path("invoice_settings.default_payment_method") == "default_payment_method"


def test_every_name_leads_to_a_path_and_a_parameter_of_ours() -> None:
    paths = {operation.path for operation in OPERATIONS}
    for path, names in NAMES.items():
        if not names.events:
            assert path in paths
            bodies = [each.body for each in OPERATIONS if each.path == path and each.body is not None]
            fields = {name for body in bodies for name in body.__struct_fields__}
            assert set(names.renamed.values()) <= fields, path
    assert all(alias.ours in paths and alias.theirs not in paths for alias in PATHS)
