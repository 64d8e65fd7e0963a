"""A gateway as the contract suite sees it, and what its stand-in cannot do."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from services.core.ids import new_id
from services.gateways.gateway import Charge, Gateway
from tests.support.proxy import FaultProxy

PROVIDERS = ("simulator", "stripe")
CARD = "pm_card_visa"
# A card that can be saved and is declined when it is charged.
DECLINED_CARD = "pm_card_chargeCustomerFail"

# What localstripe does otherwise than Stripe, by test. Each is expected to fail there, and fails loudly once it does
# not: then localstripe has learnt it. What the connector makes of Stripe's own answers is in test_stripe_answers.py.
LOCALSTRIPE_CANNOT: Mapping[str, str] = {
    "test_no_more_goes_back_than_was_taken": "it refunds any amount",
    "test_a_forgotten_method_is_charged_no_more": "it charges detached methods",
}


class Books(NamedTuple):
    """What the provider's own books say of a payment."""

    captures: int
    captured: int
    refunded: int


class Provider:
    """The gateway under contract. `hasty` is the same with a short time-out, `stranger` one with wrong credentials;
    `failing_bank` is an account whose debits fail some time after they were accepted; `fail_refund` lets a bank send a
    refund back."""

    def __init__(
        self,
        name: str,
        gateway: Gateway,
        hasty: Gateway,
        stranger: Gateway,
        proxy: FaultProxy,
        books: Callable[[str], Awaitable[Books]],
        failing_bank: str,
        fail_refund: Callable[[str], Awaitable[None]],
    ) -> None:
        self.name = name
        self.gateway = gateway
        self.hasty = hasty
        self.stranger = stranger
        self.proxy = proxy
        self.books = books
        self.failing_bank = failing_bank
        self.fail_refund = fail_refund

    @staticmethod
    def charge(method: str = CARD, amount: int = 2500, *, capture: bool = True, **more: Any) -> Charge:
        """The first attempt of a new payment in euros."""
        payment = new_id("pay")
        return Charge(
            key=f"{payment}:1",
            amount=amount,
            currency="eur",
            method=method,
            capture=capture,
            livemode=False,
            reference=payment,
            age=more.pop("age", timedelta()),
            **more,
        )

    def expects_less(self, request: pytest.FixtureRequest) -> None:
        """Marks what the stand-in cannot do as expected to fail."""
        reason = LOCALSTRIPE_CANNOT.get(request.node.originalname)
        if self.name == "stripe" and reason is not None:
            request.node.add_marker(pytest.mark.xfail(strict=True, reason=f"localstripe: {reason}"))
