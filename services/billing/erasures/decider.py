"""Decides about an erasure: it is begun once, and finished once gateways have done their part."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.billing.erasures.commands import BeginErasure, ErasureCommand, FinishErasure, PrepareErasure
from services.billing.erasures.events import EVENTS, ErasureBegun, ErasureEvent, ErasureFinished, ErasurePrepared
from services.billing.erasures.state import Erasure, evolve
from services.core.decider import Decider
from services.core.refusal import Missing


class ErasureMissing(Missing):
    """This customer was not erased."""


def decide(erasure: Erasure | None, command: ErasureCommand, _at: datetime) -> Sequence[ErasureEvent]:
    """The events that `command` leads to, or a refusal."""
    match command:
        case PrepareErasure(customer=customer, saved=saved):
            begun = erasure is not None and erasure.begun
            return [] if begun or not saved else [ErasurePrepared(customer=customer, saved=tuple(saved))]
        case BeginErasure():
            if erasure is not None and erasure.begun:
                return []
            prepared = 0 if erasure is None else len(erasure.saved)
            return [
                ErasureBegun(
                    customer=command.customer,
                    saved=tuple(command.saved),
                    payment_methods=prepared + command.payment_methods,
                    subscriptions=command.subscriptions,
                    schedules=command.schedules,
                )
            ]
        case FinishErasure():
            if erasure is None or not erasure.begun:
                raise ErasureMissing
            return [] if erasure.finished_at is not None else [ErasureFinished()]
        case _:
            assert_never(command)


# An erasure goes by the id of its customer.
ERASURES: Decider[Erasure, ErasureCommand, ErasureEvent] = Decider(
    category="erasure", prefix="cust", events=EVENTS, decide=decide, evolve=evolve
)
