"""Decides what may be done to a subscription."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from services.billing.subscriptions.commands import (
    AwaitPayment,
    Cancel,
    ChangeItems,
    CreateSubscription,
    DropChange,
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
    DropReason,
    SubscriptionActivated,
    SubscriptionCanceled,
    SubscriptionChangeDropped,
    SubscriptionChangeWaiting,
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
            _demand_running(subscription)
            return [*_dropped(subscription, "replaced"), *_changed(subscription, command)]
        case AwaitPayment():
            _demand_running(subscription)
            return [*_dropped(subscription, "replaced"), _waits(subscription, command)]
        case DropChange(invoice=invoice, reason=reason):
            waits = subscription.waiting is not None and subscription.waiting.invoice == invoice
            return _dropped(subscription, reason) if waits else []
        case Renew(period=period, invoice=invoice, anchor_at=anchor_at, change=change):
            changed = decide(subscription, change, at)
            _demand_due(reduce(lambda now, event: evolve(now, event, at), changed, subscription), command.ended_at, at)
            return [*changed, SubscriptionRenewed(period=period, invoice=invoice, anchor_at=anchor_at)]
        case RecordInvoicePaid(invoice=invoice) | ForgetInvoice(invoice=invoice) if _is_for_waiting(
            subscription, invoice
        ):
            return _dropped(subscription, "voided") if isinstance(command, ForgetInvoice) else _applied(subscription)
        case RecordInvoicePaid(invoice=invoice) | ForgetInvoice(invoice=invoice):
            # One that has ended stays ended, whatever is paid later.
            waits = status == "INCOMPLETE" and invoice == subscription.latest_invoice
            if status in ENDED or (invoice not in subscription.owed and not waits):
                return []
            forgotten = isinstance(command, ForgetInvoice) and waits
            return [] if forgotten else [SubscriptionActivated(invoice=invoice)]
        case RecordInvoiceUnpaid():
            return _unpaid(subscription, command)
        case Pause(change=change):
            if status == "PAUSED":
                return []
            if status not in {"TRIALING", "ACTIVE", "PAST_DUE"}:
                raise SubscriptionUnexpectedState(f"A subscription that is {status} cannot be paused.")
            return [*decide(subscription, change, at), *_dropped(subscription, "paused"), SubscriptionPaused()]
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
        case Cancel(reason=reason, invoice=invoice, change=change):
            if status in ENDED:
                raise SubscriptionUnexpectedState(f"This subscription is {status} already.")
            ended = SubscriptionCanceled(reason=reason, invoice=invoice)
            return [*decide(subscription, change, at), *_dropped(subscription, "ended"), ended]
        case _:
            assert_never(command)


def _demand_running(subscription: Subscription) -> None:
    if subscription.status not in RENEWED_WHILE:
        raise SubscriptionUnexpectedState(f"The items of a subscription that is {subscription.status} cannot change.")


def _demand_due(subscription: Subscription, ended_at: datetime, at: datetime) -> None:
    due = subscription.status in RENEWED_WHILE and subscription.period.end_at == ended_at and ended_at <= at
    if not due or subscription.waiting is not None:
        raise SubscriptionNotDue


def _changed(subscription: Subscription, command: ChangeItems) -> Sequence[SubscriptionEvent]:
    changed = SubscriptionItemsChanged(
        items=command.items,
        pending=command.pending,
        anchor_at=command.anchor_at,
        period=command.period,
        invoice=command.invoice,
    )
    owes = command.invoice is not None and command.owes and subscription.status != "UNPAID"
    due = [SubscriptionPastDue(invoice=command.invoice)] if owes and command.invoice is not None else []
    return [changed, *_updated(subscription, command.changes), *due]


def _waits(subscription: Subscription, command: AwaitPayment) -> SubscriptionChangeWaiting:
    change = command.change
    return SubscriptionChangeWaiting(
        invoice=command.invoice,
        items=change.items,
        expires_at=command.expires_at,
        required=command.required,
        anchor_at=change.anchor_at,
        period=change.period,
        **_new_values(subscription, change.changes),  # pyright: ignore[reportArgumentType]
    )


def _is_for_waiting(subscription: Subscription, invoice: str) -> bool:
    waiting = subscription.waiting
    return waiting is not None and waiting.invoice == invoice and subscription.status not in ENDED


def _applied(subscription: Subscription) -> Sequence[SubscriptionEvent]:
    """The change that waited is made: its invoice, and all that waited with it, is paid."""
    waiting = subscription.waiting
    assert waiting is not None, "there is a change that waits"
    settings = {name: getattr(waiting, name) for name in SubscriptionUpdated.__struct_fields__}
    given = UpdateSubscription(**settings)
    change = ChangeItems(
        items=waiting.items,
        pending=(),
        anchor_at=waiting.anchor_at,
        period=waiting.period,
        invoice=waiting.invoice,
        changes=given,
    )
    return _changed(subscription, change)


def _dropped(subscription: Subscription, reason: DropReason) -> Sequence[SubscriptionEvent]:
    waiting = subscription.waiting
    return [] if waiting is None else [SubscriptionChangeDropped(invoice=waiting.invoice, reason=reason)]


def _updated(subscription: Subscription, command: UpdateSubscription) -> Sequence[SubscriptionEvent]:
    new = _new_values(subscription, command)
    if subscription.status in ENDED and new.keys() - {"metadata"}:
        raise SubscriptionUnexpectedState(f"A subscription that is {subscription.status} can no longer be changed.")
    return [SubscriptionUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]


def _new_values(subscription: Subscription, command: UpdateSubscription) -> dict[str, object]:
    """The fields that would take another value."""
    wanted = asdict(command) | {"metadata": merged_metadata(subscription.metadata, command.metadata)}
    return {k: v for k, v in wanted.items() if v is not UNSET and getattr(subscription, k) != v}


def _unpaid(subscription: Subscription, command: RecordInvoiceUnpaid) -> Sequence[SubscriptionEvent]:
    invoice, status = command.invoice, subscription.status
    if status in ENDED or status == "INCOMPLETE" or _is_for_waiting(subscription, invoice):
        return []
    if command.exhausted and command.end == "CANCEL":
        return [SubscriptionCanceled(reason="dunning")]
    if command.exhausted and command.end == "UNPAID":
        return [] if status == "UNPAID" else [SubscriptionUnpaid(invoice=invoice)]
    return [] if invoice in subscription.owed else [SubscriptionPastDue(invoice=invoice)]


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
