"""How often somebody may try to sign in: per address that is tried, and per machine that tries."""

from services.core.refusal import Limited
from services.dashboard.sessions import Sessions

WINDOW_SECONDS = 15 * 60
TRIES_PER_ADDRESS_MAX = 10
# Behind a proxy all of a house may come from one machine.
TRIES_PER_MACHINE_MAX = 300


class TooManyTries(Limited):
    """Too many tries to sign in. Wait a quarter of an hour, or ask an owner of your account for a link."""

    code = "sign_in_limited"


async def count_try(sessions: Sessions, address: str, machine: str) -> None:
    """Counts a try before it is looked at; `address` is blinded already. Raises TooManyTries."""
    by_machine = await sessions.count(f"machine:{machine}", WINDOW_SECONDS)
    by_address = await sessions.count(f"address:{address}", WINDOW_SECONDS)
    if by_machine > TRIES_PER_MACHINE_MAX or by_address > TRIES_PER_ADDRESS_MAX:
        raise TooManyTries(extra={"retry_after": WINDOW_SECONDS})


async def forget_tries(sessions: Sessions, address: str) -> None:
    """Who signed in begins anew."""
    await sessions.uncount(f"address:{address}")
