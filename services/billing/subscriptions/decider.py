"""Decides what may be done to a subscription."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from services.billing.subscriptions.commands import (
    Cancel,
    ChangeItems,
    CreateSubscription,
    Expire,
    ForgetInvoice,
    NoteRenewalUpcoming,
    NoteTrialWillEnd,
    Pause,
    RecordInvoicePaid,
    RecordInvoiceUnpaid,
    Renew,
    Resume,
    SubscriptionCommand,
    UpdateSubscription,
    Withdraw,
)
from services.billing.subscriptions.events import (
    EVENTS,
    SubscriptionActivated,
    SubscriptionCanceled,
    SubscriptionCreated,
    SubscriptionEvent,
    SubscriptionExpired,
    SubscriptionItemsChanged,
    SubscriptionPastDue,
    SubscriptionPaused,
    SubscriptionRenewalUpcoming,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionTrialWillEnd,
    SubscriptionUnpaid,
    SubscriptionUpdated,
    SubscriptionWithdrawn,
)
from services.billing.subscriptions.state import ENDED, Subscription, evolve, holds
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing

RENEWED_WHILE = frozenset({"TRIALING", "ACTIVE", "PAST_DUE", "UNPAID"})


class SubscriptionExists(Conflict):
    """A subscription with this id exists already."""

    code = "resource_already_exists"


class SubscriptionMissing(Missing):
    """There is no such subscription."""


class SubscriptionUnexpectedState(Conflict):
    """The subscription's status does not allow this."""

    code = "subscription_unexpected_state"


class SubscriptionNotDue(Conflict):
    """This period was renewed already, or is not to be renewed."""

    code = "subscription_not_due"


def decide(
    subscription: Subscription | None, command: SubscriptionCommand, at: datetime
) -> Sequence[SubscriptionEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateSubscription):
        if subscription is not None:
            raise SubscriptionExists
        return [SubscriptionCreated(**{name: getattr(command, name) for name in command.__struct_fields__})]
    if subscription is None or subscription.withdrawn_at is not None:
        raise SubscriptionMissing
    status = subscription.status
    match command:
        case UpdateSubscription():
            return _updated(subscription, command)
        case ChangeItems():
            if status not in {"TRIALING", "ACTIVE", "PAST_DUE", "UNPAID"}:
                raise SubscriptionUnexpectedState(f"The items of a subscription that is {status} cannot change.")
            changed = SubscriptionItemsChanged(
                items=command.items,
                pending=command.pending,
                anchor_at=command.anchor_at,
                period=command.period,
                invoice=command.invoice,
            )
            return [changed, *_updated(subscription, command.changes)]
        case Renew(ended_at=ended_at, period=period, invoice=invoice, anchor_at=anchor_at):
            if status not in RENEWED_WHILE or subscription.period.end_at != ended_at or ended_at > at:
                raise SubscriptionNotDue
            return [SubscriptionRenewed(period=period, invoice=invoice, anchor_at=anchor_at)]
        case RecordInvoicePaid(invoice=invoice) | ForgetInvoice(invoice=invoice):
            # One that has ended stays ended, whatever is paid later.
            waits = status == "INCOMPLETE" and invoice == subscription.latest_invoice
            if status in ENDED or (invoice not in subscription.owed and not waits):
                return []
            forgotten = isinstance(command, ForgetInvoice) and waits
            return [] if forgotten else [SubscriptionActivated(invoice=invoice)]
        case RecordInvoiceUnpaid():
            return _unpaid(subscription, command)
        case Pause():
            if status == "PAUSED":
                return []
            if status not in {"TRIALING", "ACTIVE", "PAST_DUE"}:
                raise SubscriptionUnexpectedState(f"A subscription that is {status} cannot be paused.")
            return [SubscriptionPaused()]
        case Resume(period=period, anchor_at=anchor_at, invoice=invoice):
            if status != "PAUSED":
                raise SubscriptionUnexpectedState(f"A subscription that is {status} cannot be resumed.")
            return [SubscriptionResumed(period=period, anchor_at=anchor_at, invoice=invoice)]
        case NoteTrialWillEnd():
            if status != "TRIALING" or subscription.trial_noted or subscription.trial_end_at is None:
                return []
            return [SubscriptionTrialWillEnd(trial_end_at=subscription.trial_end_at)]
        case NoteRenewalUpcoming():
            noted = subscription.renewal_noted == subscription.period.end_at
            renews_at = subscription.period.end_at
            return [] if noted or status not in RENEWED_WHILE else [SubscriptionRenewalUpcoming(renews_at=renews_at)]
        case Expire():
            return [SubscriptionExpired()] if status == "INCOMPLETE" else []
        case Withdraw():
            return [SubscriptionWithdrawn()] if status == "INCOMPLETE" else []
        case Cancel(reason=reason):
            if status in ENDED:
                raise SubscriptionUnexpectedState(f"This subscription is {status} already.")
            return [SubscriptionCanceled(reason=reason)]
        case _:
            assert_never(command)


def _updated(subscription: Subscription, command: UpdateSubscription) -> Sequence[SubscriptionEvent]:
    wanted = asdict(command) | {"metadata": merged_metadata(subscription.metadata, command.metadata)}
    new = {k: v for k, v in wanted.items() if v is not UNSET and getattr(subscription, k) != v}
    if subscription.status in ENDED and new.keys() - {"metadata"}:
        raise SubscriptionUnexpectedState(f"A subscription that is {subscription.status} can no longer be changed.")
    return [SubscriptionUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]


def _unpaid(subscription: Subscription, command: RecordInvoiceUnpaid) -> Sequence[SubscriptionEvent]:
    invoice, status = command.invoice, subscription.status
    if status in ENDED or status == "INCOMPLETE":
        return []
    if command.exhausted and command.end == "CANCEL":
        return [SubscriptionCanceled(reason="dunning")]
    if command.exhausted and command.end == "UNPAID":
        return [] if status == "UNPAID" else [SubscriptionUnpaid(invoice=invoice)]
    known = invoice in subscription.owed
    return [] if known or status == "PAUSED" else [SubscriptionPastDue(invoice=invoice)]


SUBSCRIPTIONS: Decider[Subscription, SubscriptionCommand, SubscriptionEvent] = Decider(
    category="subscription",
    prefix="sub",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    holds=holds,
    subject=lambda command: command.customer if isinstance(command, CreateSubscription) else None,
    clock=lambda subscription: subscription.test_clock,
)
