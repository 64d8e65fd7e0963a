"""Faults on demand: how we find out what happens when a payment provider misbehaves."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

FaultKind = Literal[
    "timeout_before",
    "timeout_after",
    "error_500_before",
    "error_500_after",
    "reset_before",
    "reset_after",
    "lost_answer",
    "hold_before",
    "hold_after",
    "slow",
]
FAULTS_MAX = 1_000


class FaultRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault to arm. `before` the charge is in the books, or `after`; `match` may name operation and reference."""

    kind: FaultKind
    times: int = 1
    delay_seconds: float = 60.0
    match: Mapping[str, str] = field(default_factory=dict[str, str])


class _Armed(Struct):
    request: FaultRequest
    left: int


class Faults:
    """What is armed, how often it fired, and which requests are held at the moment."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._fired = 0
        self._held = 0
        self._released = asyncio.Event()

    def arm(self, request: FaultRequest) -> None:
        """The next `times` matching requests meet this fault."""
        if len(self._armed) >= FAULTS_MAX:
            raise ValueError("too many faults are armed")
        self._armed.append(_Armed(request, request.times))

    def clear(self) -> None:
        """Disarms everything and lets held requests go on."""
        self._armed.clear()
        self._released.set()
        self._released = asyncio.Event()

    def take(self, operation: str, reference: str) -> FaultRequest | None:
        """The fault that this request meets, if any."""
        facts = {"operation": operation, "reference": reference}
        for armed in self._armed:
            if armed.left and all(facts.get(name) == value for name, value in armed.request.match.items()):
                armed.left -= 1
                self._fired += 1
                return armed.request
        return None

    async def hold(self, seconds: float) -> None:
        """Waits until the faults are cleared, at most `seconds`."""
        self._held += 1
        try:
            async with asyncio.timeout(seconds):
                await self._released.wait()
        except TimeoutError:
            pass
        finally:
            self._held -= 1

    def report(self) -> Mapping[str, Any]:
        """For tests: what is armed, what fired, what is held."""
        armed = [{"kind": each.request.kind, "left": each.left} for each in self._armed]
        return {"armed": armed, "fired": self._fired, "held": self._held}
