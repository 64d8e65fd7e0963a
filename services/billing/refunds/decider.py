"""Decides what may be done to a refund. That no more goes back than came in is the payment's to say."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec.structs import asdict

from services.billing.refunds.commands import CreateRefund, RecordRefundOutcome, RefundCommand, UpdateRefund
from services.billing.refunds.events import (
    EVENTS,
    RefundCreated,
    RefundEvent,
    RefundFailed,
    RefundReturned,
    RefundSucceeded,
    RefundUpdated,
)
from services.billing.refunds.state import Refund, evolve
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing
from services.gateways.gateway import RefundDeclined, Refunded, RefundOutcome, RefundPending


class RefundExists(Conflict):
    """A refund with this id exists already."""

    code = "resource_already_exists"


class RefundMissing(Missing):
    """There is no such refund."""


def decide(refund: Refund | None, command: RefundCommand, _at: datetime) -> Sequence[RefundEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateRefund):
        if refund is not None:
            raise RefundExists
        return [RefundCreated(**asdict(command))]
    if refund is None:
        raise RefundMissing
    match command:
        case UpdateRefund(metadata=patch):
            metadata = merged_metadata(refund.metadata, patch)
            return [] if metadata == refund.metadata else [RefundUpdated(metadata=metadata)]
        case RecordRefundOutcome(outcome=outcome):
            return _settled(refund, outcome)
        case _:
            assert_never(command)


def _settled(refund: Refund, outcome: RefundOutcome) -> Sequence[RefundEvent]:
    """What has failed stays so; what has succeeded may still be sent back by the bank, weeks later."""
    match outcome:
        case Refunded(reference=reference) if refund.status == "PENDING":
            return [
                RefundSucceeded(
                    gateway_reference=reference,
                    amount=refund.amount,
                    currency=refund.currency,
                    payment=refund.payment,
                    customer=refund.customer,
                )
            ]
        case RefundDeclined(code=code, message=message) if refund.status == "PENDING":
            return [RefundFailed(code=code, message=message)]
        case RefundDeclined(code=code, message=message) if refund.status == "SUCCEEDED":
            return [
                RefundReturned(
                    code=code,
                    message=message,
                    amount=refund.amount,
                    currency=refund.currency,
                    payment=refund.payment,
                    customer=refund.customer,
                )
            ]
        case Refunded() | RefundDeclined() | RefundPending():
            return []
        case _:
            assert_never(outcome)


def _subject(command: RefundCommand) -> str | None:
    return command.customer if isinstance(command, CreateRefund) else None


REFUNDS: Decider[Refund, RefundCommand, RefundEvent] = Decider(
    category="refund",
    prefix="re",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    subject=_subject,
    clock=lambda refund: refund.test_clock,
)
