"""Decides about an erasure: it is begun once, and finished once gateways have done their part."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.billing.erasures.commands import BeginErasure, ErasureCommand, FinishErasure
from services.billing.erasures.events import EVENTS, ErasureBegun, ErasureEvent, ErasureFinished
from services.billing.erasures.state import Erasure, evolve
from services.core.decider import Decider
from services.core.refusal import Missing


class ErasureMissing(Missing):
    """This customer was not erased."""


def decide(erasure: Erasure | None, command: ErasureCommand, _at: datetime) -> Sequence[ErasureEvent]:
    """The events that `command` leads to, or a refusal."""
    match command:
        case BeginErasure():
            if erasure is not None:
                return []
            begun = ErasureBegun(
                customer=command.customer,
                saved=tuple(command.saved),
                payment_methods=command.payment_methods,
                subscriptions=command.subscriptions,
                schedules=command.schedules,
            )
            return [begun]
        case FinishErasure():
            if erasure is None:
                raise ErasureMissing
            return [] if erasure.finished_at is not None else [ErasureFinished()]
        case _:
            assert_never(command)


# An erasure goes by the id of its customer.
ERASURES: Decider[Erasure, ErasureCommand, ErasureEvent] = Decider(
    category="erasure", prefix="cust", events=EVENTS, decide=decide, evolve=evolve
)
