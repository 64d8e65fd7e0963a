"""What is done to a payment: giving back, capturing, canceling, charging it again."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Declined
from services.dashboard.asking import Input, Question, answered, asking, unless
from services.dashboard.formatting import money, plain
from services.dashboard.forms import once
from services.dashboard.page import Visit
from services.dashboard.payments.methods import methods_of
from services.dashboard.payments.standing import CANCELABLE, CONFIRMABLE, STANDS, left_of

URL = "/v1/payments"
WRITE = "payments:write"
REASONS = (
    ("", "No reason given"),
    ("REQUESTED_BY_CUSTOMER", "Requested by the customer"),
    ("DUPLICATE", "Duplicate"),
    ("FRAUDULENT", "Fraudulent"),
)


async def _payment(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("payments", visit.ids["id"])).view


def _shown_amount(payment: Mapping[str, Any]) -> str:
    return money(payment["amount"], payment["currency"])


def _back(visit: Visit) -> str:
    return visit.url(f"/payments/{visit.ids['id']}")


async def _do(visit: Visit, step: str, parameters: Mapping[str, Any], say: str) -> Sent:
    """Asks for a step of the payment. A decline is an outcome: the page of the payment tells it."""
    try:
        await visit.ask("POST", f"{URL}/{visit.ids['id']}/{step}", parameters, key=once(visit))
    except Declined as declined:
        return await visit.redirect(_back(visit), f"Declined: {declined.message}")
    return await visit.redirect(_back(visit), say)


async def ask_refund(visit: Visit) -> Question:
    """How much goes back, and why."""
    payment = await _payment(visit)
    left, back = left_of(payment), payment["amount_refunded"]
    why = None if left else f"Only what was received can go back; this payment {STANDS[payment['status']]}."
    if back and not left:
        why = f"All of the {money(back, payment['currency'])} went back already."
    question = Question(
        title="Refund this payment?",
        label="Refund",
        back=_back(visit),
        confirms=True,
        says=(
            f"{money(payment['amount_received'], payment['currency'])} was received"
            + (f", {money(back, payment['currency'])} went back already." if back else "."),
            f"Up to {money(left, payment['currency'])} goes back to the method that paid.",
        ),
        inputs=(
            Input(
                name="amount",
                label=f"Amount in {payment['currency'].upper()}",
                kind="money",
                value=plain(left, payment["currency"]),
                required=True,
            ),
            Input(name="reason", label="Reason", kind="select", options=REASONS),
        ),
        more={"currency": payment["currency"]},
    )
    return unless(why, "Nothing to refund", question)


async def refund(visit: Visit, question: Question) -> Sent:
    """Gives money back."""
    wanted = answered(visit, question, question.more["currency"])
    await visit.ask("POST", "/v1/refunds", {"payment": visit.ids["id"], **wanted}, key=once(visit))
    return await visit.redirect(_back(visit), "Refund created.")


async def ask_capture(visit: Visit) -> Question:
    """How much of what is reserved is taken."""
    payment = await _payment(visit)
    capturable, currency, status = payment["amount_capturable"], payment["currency"], payment["status"]
    question = Question(
        title=f"Capture {_shown_amount(payment)}?",
        label="Capture",
        back=_back(visit),
        confirms=True,
        says=(f"{money(capturable, currency)} is reserved.", "What you do not capture now is released."),
        inputs=(
            Input(
                name="amount",
                label=f"Amount in {currency.upper()}",
                kind="money",
                value=plain(capturable, currency),
                required=True,
            ),
        ),
        more={"currency": currency},
    )
    why = f"Only money that is reserved can be captured; this payment {STANDS[status]}."
    return unless(None if status == "REQUIRES_CAPTURE" else why, "Nothing to capture", question)


async def capture(visit: Visit, question: Question) -> Sent:
    """Takes what is reserved, or a part of it."""
    return await _do(visit, "capture", answered(visit, question, question.more["currency"]), "Payment captured.")


async def ask_cancel(visit: Visit) -> Question:
    """What canceling means."""
    payment = await _payment(visit)
    status = payment["status"]
    question = Question(
        title=f"Cancel the payment of {_shown_amount(payment)}?",
        label="Cancel payment",
        stay="Keep it",
        back=_back(visit),
        bad=True,
        confirms=True,
        says=("Nothing is charged any more; money that is only reserved is released.", "This cannot be undone."),
    )
    instead = " Refund it instead." if left_of(payment) else ""
    why = f"This payment {STANDS[status]}; it cannot be canceled.{instead}"
    return unless(None if status in CANCELABLE else why, "Nothing to cancel", question)


async def cancel(visit: Visit, _: Question) -> Sent:
    """Cancels the payment."""
    return await _do(visit, "cancel", {}, "Payment canceled.")


async def ask_confirm(visit: Visit) -> Question:
    """Which method is charged."""
    payment = await _payment(visit)
    status, tried = payment["status"], payment["payment_method"]
    options = await methods_of(visit, payment["customer"], "The one tried before" if tried else "The default one")
    question = Question(
        title=f"Charge {_shown_amount(payment)}?",
        label="Charge",
        back=_back(visit),
        confirms=True,
        says=("The gateway is asked to charge the method now.",),
        inputs=(Input(name="payment_method", label="Method", kind="select", options=options),),
    )
    why = f"This payment {STANDS[status]}; it cannot be charged again."
    return unless(None if status in CONFIRMABLE else why, "Nothing to charge", question)


async def confirm(visit: Visit, question: Question) -> Sent:
    """Charges, or tries again."""
    return await _do(visit, "confirm", answered(visit, question), "Payment confirmed.")


PAGES = (
    asking("/payments/{id}/refund", "refunds:write", ask_refund, refund),
    asking("/payments/{id}/capture", WRITE, ask_capture, capture),
    asking("/payments/{id}/cancel", WRITE, ask_cancel, cancel),
    asking("/payments/{id}/confirm", WRITE, ask_confirm, confirm),
)
