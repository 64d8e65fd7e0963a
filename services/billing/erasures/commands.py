"""What can be asked of an erasure."""

from collections.abc import Sequence

from msgspec import Struct

from services.billing.erasures.events import SavedMethod


class BeginErasure(Struct, frozen=True, kw_only=True):
    """The customer's data keys are destroyed now; `saved` is what gateways are to forget. The numbers say what ended
    with it."""

    customer: str
    saved: Sequence[SavedMethod] = ()
    payment_methods: int = 0
    subscriptions: int = 0
    schedules: int = 0


class PrepareErasure(Struct, frozen=True, kw_only=True):
    """The customer is about to be erased, and has more methods than one append takes: `saved` is what gateways are to
    forget of those that are erased before it."""

    customer: str
    saved: Sequence[SavedMethod]


class FinishErasure(Struct, frozen=True):
    """The gateways have forgotten what they had saved."""


ErasureCommand = PrepareErasure | BeginErasure | FinishErasure
