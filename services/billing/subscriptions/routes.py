"""The calls that start, change, pause, resume and end subscriptions."""

from typing import Literal

from msgspec import Struct

from services.billing.invoices.decider import INVOICES
from services.billing.payments.charging import Begin, Topic, begin_and_settle
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.settling import States
from services.billing.payments.views import charge_answer
from services.billing.prices.lookup import price_id
from services.billing.subscriptions.agenda import due, why
from services.billing.subscriptions.changing import change, existing, resume
from services.billing.subscriptions.commands import Pause, UpdateSubscription
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.drafts import SubscriptionDraft, SubscriptionPatch
from services.billing.subscriptions.ending import Ending, dropping, ending
from services.billing.subscriptions.events import PUBLISHED
from services.billing.subscriptions.preview import PREVIEW
from services.billing.subscriptions.renewing import attend
from services.billing.subscriptions.starting import start
from services.billing.subscriptions.state import Subscription
from services.billing.subscriptions.upcoming import upcoming_invoice
from services.billing.subscriptions.views import SubscriptionObject, subscription_object
from services.core.capability import Capability
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.step import Answer, Guard, Step
from services.core.wire import ok

NEEDS = "subscriptions:write"


class Resumption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`unchanged` goes on with the period that is paid for, while it lasts; `now` begins a new one at once."""

    billing_cycle_anchor: Literal["unchanged", "now"] = "unchanged"


class Cancellation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prorate` gives time back that was paid for and is not used; without `invoice_now` what waits for the next
    invoice is forgotten."""

    prorate: bool = False
    invoice_now: bool = True


def _answer(states: States, id: str, envelope: Envelope) -> Answer:
    """The subscription; or, when it was to exist or to change only if a payment succeeded, why that did not."""
    subscription = states[SUBSCRIPTIONS.stream(id)]
    payment = next((state for stream, state in states.items() if stream.startswith(f"{PAYMENTS.category}-")), None)
    if payment is not None and (subscription.withdrawn_at is not None or subscription.declined == payment.invoice):
        return charge_answer(payment, envelope)
    return ok(subscription_object(subscription, envelope.livemode))


async def _payment_of(engine: Engine, envelope: Envelope, id: str) -> str | None:
    subscription = (await engine.load(SUBSCRIPTIONS, envelope.tenant, id)).state
    if subscription is None:
        return None
    waiting = subscription.waiting.invoice if subscription.waiting is not None else subscription.declined
    billed_on = waiting or subscription.latest_invoice
    if billed_on is None:
        return None
    invoice = (await engine.load(INVOICES, envelope.tenant, billed_on)).state
    return None if invoice is None else invoice.payment


SUBSCRIPTION = Topic(decider=SUBSCRIPTIONS, unchanged=UpdateSubscription(), answer=_answer, payment_of=_payment_of)


async def create(call: Call[SubscriptionDraft, None]) -> Reply:
    """Starts a subscription, with its first invoice and, where asked for, its payment."""
    id = new_id(SUBSCRIPTIONS.prefix)

    async def begin() -> Begin:
        return await start(call, id)

    return await begin_and_settle(call, begin, SUBSCRIPTION)


async def update(call: Call[SubscriptionPatch, None]) -> Reply:
    """Changes a subscription; other items are prorated."""

    async def begin() -> Begin:
        return await change(call)

    return await begin_and_settle(call, begin, SUBSCRIPTION)


async def pause(call: Call[None, None]) -> Reply:
    """Pauses a subscription: nothing is billed until it is resumed."""

    async def begin() -> Begin:
        loaded, subscription = await existing(call)
        guard = Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head)
        dropped = await dropping(call.engine, call.envelope, subscription)
        lead = Step(SUBSCRIPTIONS, subscription.id, Pause(), known=loaded)
        return Begin([lead, *dropped.steps, *dropped.voided], [guard, *dropped.guards])

    return await begin_and_settle(call, begin, SUBSCRIPTION)


async def resume_it(call: Call[Resumption, None]) -> Reply:
    """Resumes a paused subscription."""

    async def begin() -> Begin:
        return await resume(call, unchanged=call.body.billing_cycle_anchor == "unchanged")

    return await begin_and_settle(call, begin, SUBSCRIPTION)


async def cancel(call: Call[Cancellation, None]) -> Reply:
    """Ends a subscription now; nothing more is tried to collect what is owed."""
    how = Ending(reason="asked", prorates=call.body.prorate, invoices=call.body.invoice_now)

    async def begin() -> Begin:
        loaded, subscription = await existing(call)
        guard = Guard(SUBSCRIPTIONS.stream(subscription.id), loaded.head)
        return await ending(call.engine, call.services, call.envelope, subscription, how, guard)

    return await begin_and_settle(call, begin, SUBSCRIPTION)


CAPABILITY = Capability(
    name="subscriptions",
    object="subscription",
    decider=SUBSCRIPTIONS,
    view=subscription_object,
    view_type=SubscriptionObject,
    state_type=Subscription,
    published=PUBLISHED,
    told_as={"invoice.upcoming": upcoming_invoice},
    filters={
        "customer": lambda subscription: subscription.customer,
        "price": lambda subscription: [item.terms.price for item in subscription.items],
        "status": lambda subscription: subscription.status,
        "test_clock": lambda subscription: subscription.test_clock,
    },
    aliases={"price": price_id},
    expands={
        "customer": "customer",
        "latest_invoice": "invoice",
        "default_payment_method": "payment_method",
        "price": "price",
        "test_clock": "test_clock",
    },
    gone=lambda subscription: subscription.withdrawn_at,
    due=due,
    why=why,
    attend=attend,
    operations=(
        PREVIEW,
        Operation(
            methods=("POST",),
            path="/v1/subscriptions",
            summary="Create a subscription",
            description="`payment_behavior` says how the first invoice is paid: `DEFAULT_INCOMPLETE` (the default) "
            "leaves it to be paid, by `POST /v1/invoices/{id}/pay` for one; `ALLOW_INCOMPLETE` charges at once and is "
            "`INCOMPLETE` after a decline; `ERROR_IF_INCOMPLETE` answers 402 after a decline and makes no "
            "subscription: the payment that was declined and its void invoice are all that is left.",
            perform=create,
            needs=NEEDS,
            body=SubscriptionDraft,
            answers=SubscriptionObject,
            charges=True,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/subscriptions/{id}",
            summary="Update a subscription",
            description="Other items are prorated. `payment_behavior` says how a change that is invoiced at once is "
            "paid: `ALLOW_INCOMPLETE` (the default) makes it and charges; `DEFAULT_INCOMPLETE` makes it and leaves the "
            "invoice to be paid; `ERROR_IF_INCOMPLETE` makes it only if the charge succeeds, and answers 402 "
            "otherwise; `PENDING_IF_INCOMPLETE` makes it once the invoice is paid: until then it is the "
            "`pending_update`, for 23 hours at most.",
            perform=update,
            needs=NEEDS,
            body=SubscriptionPatch,
            answers=SubscriptionObject,
            charges=True,
        ),
        Operation(
            methods=("POST",),
            path="/v1/subscriptions/{id}/pause",
            summary="Pause a subscription",
            perform=pause,
            needs=NEEDS,
            answers=SubscriptionObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/subscriptions/{id}/resume",
            summary="Resume a subscription",
            perform=resume_it,
            needs=NEEDS,
            body=Resumption,
            answers=SubscriptionObject,
        ),
        Operation(
            methods=("DELETE",),
            path="/v1/subscriptions/{id}",
            summary="Cancel a subscription",
            perform=cancel,
            needs=NEEDS,
            body=Cancellation,
            answers=SubscriptionObject,
        ),
    ),
)
