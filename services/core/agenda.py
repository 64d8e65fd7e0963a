"""What is due on a test clock. The workers provide it: they know what is due, and who attends to what."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from eventstore.tenants import Tenant
from services.core.envelope import Envelope


class Agenda(Protocol):
    """What it tells includes everything that was appended before it was asked."""

    def alone(self, tenant: Tenant, clock: str) -> AbstractAsyncContextManager[bool]:
        """Whether the caller alone lets time pass on the clock, for as long as it stays inside. What somebody else is
        attending to is not due for that while, so that a second one would let the clock go past it."""
        ...

    async def next_at(self, tenant: Tenant, clock: str, until: datetime) -> datetime | None:
        """The earliest instant, up to and with `until`, at which something on the clock is due and can be done."""
        ...

    async def attend(self, envelope: Envelope, clock: str, at: datetime) -> bool:
        """Attends to what is due on the clock at `at`, as far as it can be done. What cannot is put aside with its
        reason, and comes up again later. False when something depends on an outcome that is not known yet: the clock
        must not go on before it is."""
        ...
