"""What we ask of any payment provider, and what it may answer.

    GatewaySilent           no answer, or none that can be read: the outcome is UNKNOWN, ask again with the same key
      GatewayMisconfigured  the provider does not let us in: unknown too, and somebody must look at the settings
    GatewayRefused          the provider understood and did nothing: our request was wrong
    TokenUnknown            the provider knows no such payment method
    MethodDeclined          the provider will not save this payment method

Asking again with the same key and the same parameters is always safe, and answers what became of the first request.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, Protocol

from msgspec import Struct

MethodKind = Literal["CARD", "BANK_ACCOUNT"]
Provider = Literal["SIMULATOR", "STRIPE"]


class GatewaySilent(Exception):
    """Time-out, reset, 5xx or an answer that breaks off: unknown is not failed."""


class GatewayMisconfigured(GatewaySilent):
    """The provider refuses our credentials, or our use of a key: says nothing of what became of an earlier request."""


class GatewayRefused(Exception):
    """The provider refused the request itself; certain that no money moved."""


class TokenUnknown(Exception):
    """The provider knows no payment method by this token."""


class MethodDeclined(Exception):
    """The provider checked the payment method and will not save it; `code` and `decline_code` as in a decline."""

    def __init__(self, declined: "Declined") -> None:
        self.declined = declined
        super().__init__(declined.message)


class Charge(Struct, frozen=True, kw_only=True):
    """`amount` in minor units; `method` is the provider's token; `capture` False only authorizes.

    `descriptor` is what the customer may read on a statement of account. `age` is how long ago the provider was first
    asked: providers forget keys, so that an old question needs more than its key. `known` is the provider's own
    reference, once it has told one.
    """

    key: str
    amount: int
    currency: str
    method: str
    capture: bool
    livemode: bool
    reference: str
    descriptor: str | None = None
    age: timedelta = timedelta()
    known: str | None = None


class Captured(Struct, frozen=True, tag=True):
    """The money is taken."""

    reference: str
    amount: int


class Authorized(Struct, frozen=True, tag=True):
    """The money is reserved, to be captured or released."""

    reference: str
    amount: int


class Declined(Struct, frozen=True, tag=True):
    """The provider said no; `code` and `decline_code` are those of the API's card errors."""

    code: str
    decline_code: str | None
    message: str
    reference: str | None = None


class Pending(Struct, frozen=True, tag=True):
    """Accepted, to be settled later, as bank debits are."""

    reference: str


class Released(Struct, frozen=True, tag=True):
    """The reservation is given back."""

    reference: str


class Refunded(Struct, frozen=True, tag=True):
    """The money is on its way back."""

    reference: str


class RefundDeclined(Struct, frozen=True, tag=True):
    """The provider will not give it back."""

    code: str
    message: str


class RefundPending(Struct, frozen=True, tag=True):
    """Accepted, to be settled later."""

    reference: str


Outcome = Captured | Authorized | Declined | Pending | Released
RefundOutcome = Refunded | RefundDeclined | RefundPending


class MethodDetails(Struct, frozen=True, kw_only=True):
    """What may be shown of a payment method; never its number."""

    token: str
    kind: MethodKind
    fingerprint: str
    last4: str
    brand: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    funding: str | None = None
    country: str | None = None
    bank_name: str | None = None


class Gateway(Protocol):
    """A payment provider."""

    @property
    def name(self) -> str: ...

    async def charge(self, charge: Charge) -> Outcome:
        """Takes or reserves money, once per key."""
        ...

    async def capture(self, reference: str, amount: int, *, key: str, livemode: bool) -> Outcome:
        """Takes at most what was reserved, once; the rest is released."""
        ...

    async def cancel(self, reference: str, *, key: str, livemode: bool) -> Outcome:
        """Gives a reservation back."""
        ...

    async def refund(
        self, reference: str, amount: int, *, key: str, livemode: bool, age: timedelta = timedelta()
    ) -> RefundOutcome:
        """Gives back at most what was taken, once per key; `age` as for a charge."""
        ...

    async def look_up_refund(self, reference: str, *, livemode: bool) -> RefundOutcome:
        """What has become of a refund, by the provider's reference for it: one that succeeded may have failed since."""
        ...

    async def describe(self, token: str, *, livemode: bool) -> MethodDetails:
        """What may be shown of the method behind a token. Raises TokenUnknown."""
        ...

    async def attach(self, token: str, customer: str, *, livemode: bool) -> MethodDetails:
        """Saves the method for a customer of ours, to be charged again and again by the token in the answer.
        Raises TokenUnknown or MethodDeclined. Safe to repeat."""
        ...

    async def detach(self, token: str, *, livemode: bool) -> None:
        """Forgets a saved method. Safe to repeat."""
        ...

    async def forget(self, customer: str, tokens: Sequence[str], *, livemode: bool) -> None:
        """Forgets a customer of ours, these methods, and whatever else it had saved of it. Safe to repeat."""
        ...

    async def close(self) -> None:
        """Closes its connections."""
        ...
