"""Payments in every state that a test may want to begin with."""

from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    CreatePayment,
    Method,
    PaymentCommand,
    RecordOutcome,
)
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.events import (
    CaptureMethod,
    PaymentAttemptFailed,
    PaymentAttemptStarted,
    PaymentCreated,
    PaymentEvent,
    PaymentSucceeded,
)
from services.billing.payments.state import Payment
from services.gateways.gateway import Authorized, Captured, Declined, Pending
from tests.support.scenario import Scenario

CARD = Method("pm_1", "tok_visa")
OTHER_CARD = Method("pm_2", "tok_mastercard")
BANK = Method("pm_bank_success", "btok_success", "BANK_ACCOUNT")
DECLINED = Declined("card_declined", "insufficient_funds", "Your card has insufficient funds.")


def new_payment(
    *, method: Method | None = CARD, confirm: bool = True, capture_method: CaptureMethod = "AUTOMATIC"
) -> CreatePayment:
    """A command to charge 1000 usd."""
    return CreatePayment(
        id="pay_1",
        amount=1000,
        currency="usd",
        gateway="simulator",
        customer="cust_1",
        method=method,
        confirm=confirm,
        capture_method=capture_method,
        description="A chair",
        metadata={"order": "7"},
    )


def created(*, method: Method | None = CARD, capture_method: CaptureMethod = "AUTOMATIC") -> PaymentCreated:
    """What `new_payment` leads to."""
    return PaymentCreated(
        id="pay_1",
        amount=1000,
        currency="usd",
        customer="cust_1",
        payment_method=method.id if method else None,
        capture_method=capture_method,
        gateway="simulator",
        description="A chair",
        metadata={"order": "7"},
    )


def started(attempt: int = 1, method: Method = CARD, *, handed_over: bool = False) -> PaymentAttemptStarted:
    """An attempt with this method."""
    return PaymentAttemptStarted(attempt=attempt, payment_method=method.id, token=method.token, handed_over=handed_over)


def succeeded(amount: int = 1000) -> PaymentSucceeded:
    """The charge is taken."""
    return PaymentSucceeded(amount_received=amount, gateway_reference="ch_1", currency="usd", customer="cust_1")


def failed(attempt: int = 1) -> PaymentAttemptFailed:
    """The attempt was declined as DECLINED says."""
    return PaymentAttemptFailed(
        attempt=attempt,
        code="card_declined",
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
        currency="usd",
        customer="cust_1",
    )


NOTHING: Scenario[Payment, PaymentCommand, PaymentEvent] = Scenario(PAYMENTS)
WITHOUT_METHOD = NOTHING.after(new_payment(method=None))
UNCONFIRMED = NOTHING.after(new_payment(confirm=False))
UNKNOWN = NOTHING.after(new_payment())
SETTLING = NOTHING.after(new_payment(method=BANK), RecordOutcome(1, Pending("ch_1")))
SUCCEEDED = UNKNOWN.after(RecordOutcome(1, Captured("ch_1", 1000)))
FAILED = UNKNOWN.after(RecordOutcome(1, DECLINED))
RESERVED = NOTHING.after(new_payment(capture_method="MANUAL"), RecordOutcome(1, Authorized("ch_1", 1000)))
CAPTURING = RESERVED.after(CapturePayment(600))
CANCELING = RESERVED.after(CancelPayment())
CANCELED = UNCONFIRMED.after(CancelPayment())

EVERY_STATE = {
    "WITHOUT_METHOD": WITHOUT_METHOD,
    "UNCONFIRMED": UNCONFIRMED,
    "UNKNOWN": UNKNOWN,
    "SETTLING": SETTLING,
    "SUCCEEDED": SUCCEEDED,
    "FAILED": FAILED,
    "RESERVED": RESERVED,
    "CAPTURING": CAPTURING,
    "CANCELING": CANCELING,
    "CANCELED": CANCELED,
}


def state_of(scenario: Scenario[Payment, PaymentCommand, PaymentEvent]) -> Payment:
    """The payment as it stands."""
    assert scenario.state is not None
    return scenario.state


def status_of(scenario: Scenario[Payment, PaymentCommand, PaymentEvent]) -> str:
    """The payment's status on the wire."""
    return state_of(scenario).status
