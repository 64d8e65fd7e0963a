"""What follows for subscriptions when their customer goes."""

from collections.abc import Sequence

from msgspec import Struct

from services.billing.customers.commands import BillCustomer
from services.billing.invoices.commands import VoidInvoice
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.policy import end_retries, unused
from services.billing.subscriptions.commands import Cancel
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.state import Subscription
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.step import Guard, Step


class Ended(Struct, frozen=True):
    """The steps that end subscriptions, what their customer gets back of what void invoices had used, and the guards by
    which both stand: whoever ends or voids one meanwhile must not be repeated."""

    steps: list[Step]
    returned: list[BillCustomer]
    guards: list[Guard]


async def running_ended(engine: Engine, envelope: Envelope, ids: Sequence[str]) -> Ended:
    """How these subscriptions of a customer end; what is owed stays owed, but nothing more is tried."""
    running = await engine.load_many(SUBSCRIPTIONS, envelope.tenant, ids)
    states = {id: each.state for id, each in running.items() if each.state is not None}
    begun = [invoice for state in states.values() if (invoice := _begins_with(state)) is not None]
    steps = [Step(SUBSCRIPTIONS, id, Cancel("customer_deleted"), known=running[id]) for id in states]
    guards = [Guard(SUBSCRIPTIONS.stream(id), running[id].head) for id in states]
    returned: list[BillCustomer] = []
    for id, loaded in (await engine.load_many(INVOICES, envelope.tenant, begun)).items():
        invoice = loaded.state
        if invoice is not None and invoice.status == "OPEN" and invoice.paying is None:
            steps.append(Step(INVOICES, id, VoidInvoice(), known=loaded))
            guards.append(Guard(INVOICES.stream(id), loaded.head))
            returned += [step.command for step in unused(invoice)]
    return Ended([*steps, *end_retries(owed for state in states.values() for owed in state.owed)], returned, guards)


def _begins_with(subscription: Subscription) -> str | None:
    """The invoice with whose payment it, or a change of it, would begin."""
    if subscription.waiting is not None:
        return subscription.waiting.invoice
    return subscription.latest_invoice if subscription.status == "INCOMPLETE" else None
