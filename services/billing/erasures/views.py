"""The receipt of an erasure."""

from msgspec import Struct

from services.billing.erasures.state import Erasure
from services.core.clock import unix


class ErasureObject(Struct, frozen=True, kw_only=True):
    """`erased` is when the customer's data keys were destroyed, in Unix seconds; the numbers say what ended with them.
    The same receipt is answered however often it is asked for."""

    object: str = "erasure"
    customer: str
    erased: int
    livemode: bool
    payment_methods: int
    subscriptions: int
    payment_schedules: int


def erasure_object(erasure: Erasure, livemode: bool) -> ErasureObject:
    """The wire form of an erasure."""
    return ErasureObject(
        customer=erasure.customer,
        erased=unix(erasure.created_at),
        livemode=livemode,
        payment_methods=erasure.payment_methods,
        subscriptions=erasure.subscriptions,
        payment_schedules=erasure.schedules,
    )
