"""Our words in Stripe's and Stripe's in ours. Pure: no network, no clock."""

from collections.abc import Mapping

from msgspec import Struct

from services.gateways.gateway import (
    Authorized,
    Captured,
    Charge,
    Declined,
    GatewaySilent,
    MethodDetails,
    Outcome,
    Pending,
    RefundDeclined,
    Refunded,
    RefundOutcome,
    RefundPending,
    Released,
)

# What we write on Stripe's objects, to find them again and to know them when Stripe's webhooks name them.
KEY = "peaswap_key"
PAYMENT = "peaswap_payment"
CUSTOMER = "peaswap_customer"

CARD = "card"
# Parameter, shortest and longest text.
CARD_DESCRIPTOR = ("statement_descriptor_suffix", 1, 10)
OTHER_DESCRIPTOR = ("statement_descriptor", 5, 22)
NOT_ON_STATEMENTS = str.maketrans("", "", "<>\\'\"*")
# Stripe counts these in other units than ISO 4217 does: charging them as they are would be wrong by a factor of 100.
COUNTED_OTHERWISE = frozenset({"isk", "mga", "ugx"})
# Codes of Stripe's card errors that the API's own card errors have too; all others are plain declines.
CODES = frozenset({"card_declined", "expired_card", "incorrect_cvc", "processing_error"})
SAME_CODES: Mapping[str, str] = {"invalid_cvc": "incorrect_cvc", "invalid_expiry_month": "expired_card"} | {
    "invalid_expiry_year": "expired_card"
}
DECLINED = "Your card was declined."
NEEDS_CUSTOMER = "The bank asks the customer to confirm this payment, who is not here to do so."
AUTHENTICATION = "authentication_required"


class Problem(Struct, frozen=True):
    """An error of Stripe's; parts that it left out are None."""

    type: str | None = None
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    param: str | None = None


class ProblemBody(Struct, frozen=True):
    """How Stripe sends an error."""

    error: Problem


class Intent(Struct, frozen=True, kw_only=True):
    """A PaymentIntent: one charge of ours. Amounts in minor units."""

    id: str
    status: str
    amount: int
    amount_received: int = 0
    amount_capturable: int = 0
    last_payment_error: Problem | None = None
    metadata: dict[str, str] = {}


class Intents(Struct, frozen=True):
    """What a search finds."""

    data: list[Intent]


class StripeRefund(Struct, frozen=True, kw_only=True):
    """A refund as Stripe knows it."""

    id: str
    status: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] = {}


class StripeRefunds(Struct, frozen=True):
    """A page of refunds."""

    data: list[StripeRefund]
    has_more: bool = False


class StripeCustomer(Struct, frozen=True):
    """A customer as Stripe knows it; nothing personal is ever sent there."""

    id: str
    deleted: bool = False
    metadata: dict[str, str] = {}


class StripeCustomers(Struct, frozen=True):
    """What a search finds."""

    data: list[StripeCustomer]


class Instrument(Struct, frozen=True, kw_only=True):
    """What Stripe says of a card or of an account."""

    last4: str = ""
    fingerprint: str | None = None
    brand: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    funding: str | None = None
    country: str | None = None
    bank_name: str | None = None


class StripeMethod(Struct, frozen=True, kw_only=True):
    """A payment method as Stripe knows it."""

    id: str
    type: str
    customer: str | None = None
    card: Instrument | None = None
    us_bank_account: Instrument | None = None
    sepa_debit: Instrument | None = None


class Token(Struct, frozen=True):
    """What we keep of a payment method: its type, its id and its customer, as `card:pm_…@cus_…`. A bare id is a card
    that belongs to nobody."""

    type: str
    method: str
    customer: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Token":
        """The token that `text` is; any text is one, if perhaps of nothing that Stripe knows."""
        kind, colon, rest = text.partition(":")
        if not colon:
            kind, rest = CARD, text
        method, _, customer = rest.partition("@")
        return cls(kind, method, customer or None)

    def __str__(self) -> str:
        owner = f"@{self.customer}" if self.customer else ""
        return f"{self.type}:{self.method}{owner}"


def on_statement(descriptor: str, kind: str) -> dict[str, str]:
    """What of a descriptor Stripe takes for a method of this type; nothing where it would refuse the charge for it.

    For cards Stripe writes the account's own prefix (at most 10 characters) and an asterisk before it, 22 in all.
    """
    allowed = " ".join("".join(each for each in descriptor if each.isascii() and each.isprintable()).split())
    text = allowed.translate(NOT_ON_STATEMENTS)
    name, shortest, longest = CARD_DESCRIPTOR if kind == CARD else OTHER_DESCRIPTOR
    text = text[:longest].strip()
    return {name: text} if len(text) >= shortest and any(each.isalpha() for each in text) else {}


def charge_form(charge: Charge) -> dict[str, str]:
    """The parameters that create and confirm a PaymentIntent for a charge."""
    token = Token.parse(charge.method)
    form = {
        "amount": str(charge.amount),
        "currency": charge.currency,
        "payment_method": token.method,
        "payment_method_types[0]": token.type,
        "capture_method": "automatic" if charge.capture else "manual",
        "confirm": "true",
        f"metadata[{PAYMENT}]": charge.reference,
        f"metadata[{KEY}]": charge.key,
    }
    if token.customer is not None:
        # A method that is saved is charged while its owner is away.
        form |= {"customer": token.customer, "off_session": "true"}
    return form | on_statement(charge.descriptor or "", token.type)


def outcome(intent: Intent) -> Outcome:
    """What a PaymentIntent's state means. Raises GatewaySilent for states that say neither yes nor no."""
    match intent.status:
        case "succeeded":
            return Captured(intent.id, intent.amount_received)
        case "requires_capture":
            return Authorized(intent.id, intent.amount_capturable)
        case "processing":
            return Pending(intent.id)
        case "canceled":
            return Released(intent.id)
        case "requires_payment_method":
            return declined(intent.last_payment_error or Problem(), intent.id)
        case _:
            raise GatewaySilent(f"payment intent {intent.id} is {intent.status}")


def declined(problem: Problem, reference: str | None = None) -> Declined:
    """A card error in the words of the API's own."""
    code = SAME_CODES.get(problem.code or "", problem.code or "card_declined")
    message = problem.message or DECLINED
    if code in CODES:
        generic = "generic_decline" if code == "card_declined" else None
        return Declined(code, problem.decline_code or generic, message, reference)
    return Declined("card_declined", problem.decline_code or code, message, reference)


def refund_outcome(refund: StripeRefund) -> RefundOutcome:
    """What a refund's state means."""
    match refund.status:
        case "succeeded":
            return Refunded(refund.id)
        case "failed" | "canceled":
            return RefundDeclined(refund.failure_reason or refund.status, "The payment gateway could not give it back.")
        case _:
            return RefundPending(refund.id)


def method_details(method: StripeMethod) -> MethodDetails | None:
    """What may be shown of a method; None when it is of a type that we do not charge."""
    token = str(Token(method.type, method.id, method.customer))
    if method.card is not None:
        card = method.card
        return MethodDetails(
            token=token,
            kind="CARD",
            fingerprint=card.fingerprint or "",
            last4=card.last4,
            brand=card.brand,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            funding=card.funding,
            country=card.country,
        )
    account = method.us_bank_account or method.sepa_debit
    if account is None:
        return None
    return MethodDetails(
        token=token,
        kind="BANK_ACCOUNT",
        fingerprint=account.fingerprint or "",
        last4=account.last4,
        country=account.country,
        bank_name=account.bank_name,
    )
