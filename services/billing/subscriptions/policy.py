"""What follows for subscriptions when their customer goes."""

from msgspec import Struct

from services.billing.customers.commands import BillCustomer
from services.billing.invoices.commands import VoidInvoice
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.policy import end_retries, unused
from services.billing.subscriptions.commands import Cancel
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.state import running_name
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.step import Step


class Ended(Struct, frozen=True):
    """The steps that end subscriptions, and what their customer gets back of what void invoices had used."""

    steps: list[Step]
    returned: list[BillCustomer]


async def running_ended(engine: Engine, envelope: Envelope, customer: str, limit: int) -> Ended:
    """How the oldest subscriptions of a customer end; what is owed stays owed, but nothing more is tried."""
    ids = await engine.store.holders(envelope.tenant, running_name(customer), limit)
    steps: list[Step] = []
    returned: list[BillCustomer] = []
    for id, loaded in (await engine.load_many(SUBSCRIPTIONS, envelope.tenant, ids)).items():
        if loaded.state is None:
            continue
        steps.append(Step(SUBSCRIPTIONS, id, Cancel("customer_deleted")))
        waiting = loaded.state.waiting
        first = waiting.invoice if waiting is not None else loaded.state.latest_invoice
        if (loaded.state.status == "INCOMPLETE" or waiting is not None) and first is not None:
            invoice = (await engine.load(INVOICES, envelope.tenant, first)).state
            if invoice is not None and invoice.status == "OPEN" and invoice.paying is None:
                steps.append(Step(INVOICES, first, VoidInvoice()))
                returned += [step.command for step in unused(invoice)]
        steps += await end_retries(engine, envelope, id)
    return Ended(steps, returned)
