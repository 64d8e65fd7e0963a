"""The calls that make, advance and delete test clocks."""

from typing import Annotated

from msgspec import Meta, Struct

from services.billing.test_clocks.commands import AdvanceTestClock, CreateTestClock, DeleteTestClock
from services.billing.test_clocks.decider import TEST_CLOCKS
from services.billing.test_clocks.effects import attend, due, why
from services.billing.test_clocks.events import PUBLISHED
from services.billing.test_clocks.lookup import TestOnly
from services.billing.test_clocks.state import TestClock
from services.billing.test_clocks.views import TestClockObject, test_clock_object
from services.core.capability import Capability
from services.core.clock import from_unix, unix
from services.core.fields import ShortText
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.period import LAST_AT
from services.core.step import Step
from services.core.wire import DeletedObject, ok

NEEDS = "test_clocks:write"
Seconds = Annotated[int, Meta(ge=0, le=unix(LAST_AT))]


class TestClockDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new clock that shows `frozen_time`, in Unix seconds."""

    frozen_time: Seconds
    name: ShortText | None = None


class Advance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The time to go to, in Unix seconds."""

    frozen_time: Seconds


async def create(call: Call[TestClockDraft, None]) -> Reply:
    """Makes a clock; customers created with it live by it."""
    if call.envelope.livemode:
        raise TestOnly
    command = CreateTestClock(
        id=new_id(TEST_CLOCKS.prefix), frozen_at=from_unix(call.body.frozen_time), name=call.body.name or None
    )
    return Reply.of(
        await call.engine.handle(
            call.envelope,
            Step(TEST_CLOCKS, command.id, command, fresh=True),
            settles=lambda clock: ok(test_clock_object(clock, False)),
        )
    )


async def advance(call: Call[Advance, None]) -> Reply:
    """Lets time pass; the clock is READY again once everything that was due on the way has happened, in order."""
    command = AdvanceTestClock(from_unix(call.body.frozen_time))
    return Reply.of(
        await call.engine.handle(
            call.envelope,
            Step(TEST_CLOCKS, call.path["id"], command),
            settles=lambda clock: ok(test_clock_object(clock, False)),
        )
    )


async def delete(call: Call[None, None]) -> Reply:
    """Deletes a clock; what lives by it stays as it is, at the time that the clock showed last."""
    id = call.path["id"]
    answer = ok(DeletedObject(id=id, object="test_clock"))
    return Reply.of(
        await call.engine.handle(call.envelope, Step(TEST_CLOCKS, id, DeleteTestClock()), settles=lambda _clock: answer)
    )


CAPABILITY = Capability(
    name="test_clocks",
    path="test_helpers/test_clocks",
    object="test_clock",
    decider=TEST_CLOCKS,
    view=test_clock_object,
    view_type=TestClockObject,
    state_type=TestClock,
    published=PUBLISHED,
    gone=lambda clock: clock.deleted_at,
    due=due,
    why=why,
    attend=attend,
    live=True,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/test_helpers/test_clocks",
            summary="Create a test clock",
            perform=create,
            needs=NEEDS,
            body=TestClockDraft,
            answers=TestClockObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/test_helpers/test_clocks/{id}/advance",
            summary="Advance a test clock",
            perform=advance,
            needs=NEEDS,
            body=Advance,
            answers=TestClockObject,
        ),
        Operation(
            methods=("DELETE",),
            path="/v1/test_helpers/test_clocks/{id}",
            summary="Delete a test clock",
            perform=delete,
            needs=NEEDS,
            answers=DeletedObject,
        ),
    ),
)
