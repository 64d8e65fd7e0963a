"""What is to happen to a subscription by itself, when, and why. Pure."""

from datetime import datetime, timedelta

from services.billing.subscriptions.decider import RENEWED_WHILE
from services.billing.subscriptions.state import ENDED, Subscription

INCOMPLETE_FOR = timedelta(hours=23)
TRIAL_NOTICE = timedelta(days=3)
RENEWAL_NOTICE = timedelta(days=7)


def due(subscription: Subscription) -> datetime | None:
    """When the next thing is to happen to it by itself."""
    return min((at for at, _ in planned(subscription)), default=None)


def why(subscription: Subscription) -> str:
    """What that next thing is, in words."""
    return min(planned(subscription), default=(None, ""), key=lambda each: each[0])[1]  # pyright: ignore[reportArgumentType]


def planned(subscription: Subscription) -> list[tuple[datetime, str]]:
    """All that is to happen; of what stands at one instant the first named comes first."""
    status, period = subscription.status, subscription.period
    if status in ENDED:
        return []
    if status == "INCOMPLETE":
        return [(subscription.created_at + INCOMPLETE_FOR, "expires: its first invoice is not paid")]
    found: list[tuple[datetime, str]] = []
    if subscription.waiting is not None:
        found.append((subscription.waiting.expires_at, "forgets the change whose invoice is not paid"))
    if subscription.cancel_at is not None:
        found.append((subscription.cancel_at, "ends: it was to be canceled at this date"))
    if subscription.collection_resumes_at is not None:
        found.append((subscription.collection_resumes_at, "collects payments again"))
    if status not in RENEWED_WHILE:
        return [*found, (period.end_at, "ends with its period")] if subscription.cancel_at_period_end else found
    notice_at = _notice_at(subscription)
    if notice_at is not None:
        found.append((notice_at, f"announces what comes at {period.end_at:%Y-%m-%d %H:%M:%S} UTC"))
    found.append((period.end_at, _at_the_end(subscription)))
    return found


def _at_the_end(subscription: Subscription) -> str:
    if subscription.cancel_at_period_end:
        return "ends with its period"
    if subscription.status == "TRIALING":
        return "is billed for the first time: its trial ends"
    period = subscription.period
    return f"is billed for its next period: the one from {period.start_at:%Y-%m-%d %H:%M:%S} UTC ends"


def _notice_at(subscription: Subscription) -> datetime | None:
    """When the end of the trial or the next renewal is announced; short periods are not."""
    period = subscription.period
    if subscription.status == "TRIALING":
        notice_at = period.end_at - TRIAL_NOTICE
        return None if subscription.trial_noted or notice_at <= period.start_at else notice_at
    notice_at = period.end_at - RENEWAL_NOTICE
    noted = subscription.renewal_noted == period.end_at
    return None if noted or notice_at <= period.start_at + RENEWAL_NOTICE else notice_at
