"""Letting time pass: everything that is due on the way happens at its own instant, in order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.billing.test_clocks.commands import FinishAdvance, MoveTestClock
from services.billing.test_clocks.decider import TEST_CLOCKS
from services.billing.test_clocks.state import TestClock
from services.core.agenda import Agenda
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import Unsettled
from services.core.step import Step

# A worker's turn is bounded; what is left is done in the next one.
MOVES_A_TURN_MAX = 200


class ClockWaits(Unsettled):
    """The clock goes on once the gateway has said what became of a payment that is under way."""

    code = "test_clock_waits"
    # Others may wait for days, as a bank does, and would be in front of everything that is due for all that time.
    again_seconds_max = 2


def due(clock: TestClock) -> datetime | None:
    """An advancing clock needs a worker at once; in real time, for it does not live by itself."""
    return None if clock.target_at is None else clock.updated_at


def why(clock: TestClock) -> str:
    """Where it is going, in words."""
    return "" if clock.target_at is None else f"advances to {clock.target_at:%Y-%m-%d %H:%M:%S} UTC"


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: goes from one instant at which something is due to the next, until the target."""
    agenda: Agenda = services[Agenda]
    async with agenda.alone(envelope.tenant, id) as alone:
        if alone:
            await _go_on(engine, agenda, envelope, id)


async def _go_on(engine: Engine, agenda: Agenda, envelope: Envelope, id: str) -> None:
    for _ in range(MOVES_A_TURN_MAX):
        clock = (await engine.load(TEST_CLOCKS, envelope.tenant, id)).state
        if clock is None or clock.target_at is None:
            return
        at = await agenda.next_at(envelope.tenant, id, clock.target_at)
        if at is None:
            await engine.handle(envelope, Step(TEST_CLOCKS, id, FinishAdvance()))
            return
        if at > clock.frozen_at:
            await engine.handle(envelope, Step(TEST_CLOCKS, id, MoveTestClock(at)))
        if not await agenda.attend(envelope, id, max(at, clock.frozen_at)):
            raise ClockWaits
