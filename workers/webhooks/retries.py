"""When a delivery that failed is tried again."""

from datetime import datetime, timedelta

MINUTE, HOUR = 60, 60 * 60
# How long after each failed try the next one comes; after the last of them the delivery has failed.
RETRY_SECONDS = (5, 5 * MINUTE, 30 * MINUTE, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))
TRIES_MAX = len(RETRY_SECONDS) + 1
# What failed together must not come back together: up to this share is added to each waiting time.
JITTER = 0.2
# An endpoint that nothing has reached for so long is disabled.
FAILING_MAX = timedelta(days=5)


def next_try_at(failures: int, at: datetime, fraction: float) -> datetime | None:
    """When to try again what has failed `failures` times, the last time at `at`; None when it has failed for good.
    `fraction`, from 0 up to 1, spreads them."""
    if failures >= TRIES_MAX:
        return None
    return at + timedelta(seconds=RETRY_SECONDS[failures - 1] * (1 + JITTER * fraction))


def is_given_up(failing_since_at: datetime | None, at: datetime) -> bool:
    """Whether an endpoint has done nothing but fail for so long that it is to be disabled."""
    return failing_since_at is not None and at - failing_since_at >= FAILING_MAX
