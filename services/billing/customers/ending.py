"""What runs for a customer ends with it: in the same append, or, where that is too much for one, just before it."""

from msgspec import Struct
from msgspec.structs import replace

from services.billing.customers.commands import BillCustomer, ReturnCredit
from services.billing.customers.decider import CUSTOMERS, CustomerActive
from services.billing.payment_schedules.policy import running_canceled
from services.billing.payment_schedules.state import running_name as schedules_name
from services.billing.subscriptions.policy import running_ended
from services.billing.subscriptions.state import running_name
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.step import Guard, Step

# Of each kind; ending one is some events, and whatever reads the log takes a thousand at once.
ENDED_AT_ONCE_MAX = 100


class Ends(Struct, frozen=True):
    """The steps that end what still runs, what the customer gets `returned` by them, and the guards by which they
    stand; the numbers count what ended before them too."""

    steps: list[Step]
    returned: list[BillCustomer]
    guards: list[Guard]
    subscriptions: int
    schedules: int


NOTHING_RUNS = Ends([], [], [], 0, 0)


async def ends_of(engine: Engine, envelope: Envelope, customer: str, *, refused: bool) -> Ends:
    """How everything ends that runs for the customer. What is too much for one append ends now, in appends of its own:
    broken off, whoever asks again goes on from there. Raises CustomerActive when that is to be `refused`."""
    names = (running_name(customer), schedules_name(customer))
    if refused:
        for name in names:
            for running in await engine.store.holders(envelope.tenant, name, 1):
                raise CustomerActive(f"This customer has running subscriptions or schedules, such as '{running}'.")
    # The key of the request stands for what is asked of the customer itself.
    before = replace(envelope, key=None)
    subscriptions = schedules = 0
    while True:
        running = await engine.store.holders(envelope.tenant, names[0], ENDED_AT_ONCE_MAX + 1)
        ended = await running_ended(engine, envelope, running[:ENDED_AT_ONCE_MAX])
        subscriptions += len(running[:ENDED_AT_ONCE_MAX])
        if len(running) <= ENDED_AT_ONCE_MAX:
            break
        credit = [Step(CUSTOMERS, customer, ReturnCredit(ended.returned))] if ended.returned else []
        await engine.handle(before, [*ended.steps, *credit], guards=ended.guards)
    while True:
        planned = await engine.store.holders(envelope.tenant, names[1], ENDED_AT_ONCE_MAX + 1)
        canceled = running_canceled(planned[:ENDED_AT_ONCE_MAX])
        schedules += len(planned[:ENDED_AT_ONCE_MAX])
        if len(planned) <= ENDED_AT_ONCE_MAX:
            break
        await engine.handle(before, canceled)
    return Ends([*ended.steps, *canceled], ended.returned, ended.guards, subscriptions, schedules)
