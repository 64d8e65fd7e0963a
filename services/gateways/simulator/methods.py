"""The test methods of the simulated provider, named as Stripe names its own."""

import hashlib
from collections.abc import Mapping

from msgspec import Struct

from services.gateways.gateway import MethodDetails, MethodKind

# Far enough away that no test method expires while this code is in use.
EXP_YEAR = 2049


class Behaviour(Struct, frozen=True):
    """What a charge of the method leads to. `silent_once`: the first call charges and never answers."""

    kind: MethodKind = "CARD"
    brand: str = "visa"
    last4: str = "4242"
    code: str | None = None
    decline_code: str | None = None
    message: str = "Your card was declined."
    silent_once: bool = False


def _declines(last4: str, code: str, decline_code: str | None, message: str) -> Behaviour:
    return Behaviour("CARD", "visa", last4, code, decline_code, message)


GENERIC = _declines("0002", "card_declined", "generic_decline", "Your card was declined.")
FUNDS = _declines("9995", "card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = _declines("9987", "card_declined", "lost_card", "Your card was declined.")
STOLEN = _declines("9979", "card_declined", "stolen_card", "Your card was declined.")
EXPIRED = _declines("0069", "expired_card", None, "Your card has expired.")
CVC = _declines("0127", "incorrect_cvc", None, "Your card's security code is incorrect.")
PROCESSING = _declines("0119", "processing_error", None, "An error occurred while processing your card. Try again.")
CUSTOMER_FAIL = _declines("0341", "card_declined", "generic_decline", "Your card was declined.")
BANK = Behaviour("BANK_ACCOUNT", "", "6789")
BANK_FAIL = Behaviour("BANK_ACCOUNT", "", "1116", "payment_failed", None, "The bank refused the debit.")

METHODS: Mapping[str, Behaviour] = {
    "visa": Behaviour(),
    "mastercard": Behaviour(brand="mastercard", last4="4444"),
    "amex": Behaviour(brand="amex", last4="8431"),
    "timeout_then_success": Behaviour(last4="3155", silent_once=True),
    "chargeCustomerFail": CUSTOMER_FAIL,
    "chargeDeclined": GENERIC,
    "chargeDeclinedInsufficientFunds": FUNDS,
    "chargeDeclinedLostCard": LOST,
    "chargeDeclinedStolenCard": STOLEN,
    "chargeDeclinedExpiredCard": EXPIRED,
    "chargeDeclinedIncorrectCvc": CVC,
    "chargeDeclinedProcessingError": PROCESSING,
}
# Both spellings are in use: with the brand before the fault, and without.
CARDS: Mapping[str, Behaviour] = METHODS | {
    f"visa_{name}": each for name, each in METHODS.items() if name.startswith("chargeDeclined")
}
BY_TOKEN: Mapping[str, Behaviour] = {
    **{f"pm_card_{name}": each for name, each in CARDS.items()},
    **{f"tok_{name}": each for name, each in CARDS.items()},
    "pm_bank_success": BANK,
    "pm_bank_fail": BANK_FAIL,
    "btok_success": BANK,
    "btok_fail": BANK_FAIL,
}


def describe(token: str) -> MethodDetails | None:
    """What may be shown of a test method; None when there is no such token."""
    behaviour = BY_TOKEN.get(token)
    if behaviour is None:
        return None
    fingerprint = hashlib.sha256(f"{behaviour.kind}:{behaviour.brand}:{behaviour.last4}".encode()).hexdigest()[:16]
    if behaviour.kind == "BANK_ACCOUNT":
        return MethodDetails(
            token=token,
            kind="BANK_ACCOUNT",
            fingerprint=fingerprint,
            last4=behaviour.last4,
            bank_name="Test Bank",
            country="US",
        )
    return MethodDetails(
        token=token,
        kind="CARD",
        fingerprint=fingerprint,
        last4=behaviour.last4,
        brand=behaviour.brand,
        exp_month=12,
        exp_year=EXP_YEAR,
        funding="credit",
        country="US",
    )
