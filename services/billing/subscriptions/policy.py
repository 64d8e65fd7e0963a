"""What follows for subscriptions when their customer goes."""

from services.billing.invoices.commands import VoidInvoice
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.policy import end_retries
from services.billing.subscriptions.commands import Cancel
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.state import running_name
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.step import Step


async def running_ended(engine: Engine, envelope: Envelope, customer: str, limit: int) -> list[Step]:
    """The steps that end the oldest subscriptions of a customer; what is owed stays owed, but nothing more is tried."""
    ids = await engine.store.holders(envelope.tenant, running_name(customer), limit)
    steps: list[Step] = []
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
        steps += await end_retries(engine, envelope, id)
    return steps
