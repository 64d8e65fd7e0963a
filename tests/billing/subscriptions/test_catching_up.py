"""A scheduler that was down for weeks: what was due meanwhile is done in order, one period after another."""

from datetime import timedelta

from msgspec.structs import replace

from services.billing.accounts.commands import OpenAccount
from services.billing.accounts.decider import ACCOUNTS
from services.billing.invoices.decider import INVOICES
from services.billing.prices.drafts import RecurringDraft
from services.billing.prices.routes import PriceDraft
from services.billing.prices.routes import create as create_price
from services.billing.products.routes import ProductDraft
from services.billing.products.routes import create as create_product
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.drafts import SubscriptionDraft
from services.billing.subscriptions.events import SubscriptionRenewed
from services.billing.subscriptions.routes import CAPABILITY, create
from services.core.step import Step
from tests.support.desk import Desk
from tests.support.gateway import SimulatorProcess


async def test_missed_periods_are_billed_one_after_another_and_once(desk: Desk, gateway: SimulatorProcess) -> None:
    account = replace(desk.envelope(), tenant=await desk.engine.tenants.open("acct_a"))
    await desk.engine.handle(account, Step(ACCOUNTS, "acct_a", OpenAccount(id="acct_a", name="A"), fresh=True))
    product = (await desk.ask(create_product, ProductDraft(name="Pro"))).body["id"]
    weekly = PriceDraft(currency="usd", unit_amount=700, product=product, recurring=RecurringDraft(interval="WEEK"))
    price = (await desk.ask(create_price, weekly)).body["id"]
    draft = SubscriptionDraft(customer=await desk.customer(), price=price, payment_behavior="ALLOW_INCOMPLETE")
    id = (await desk.ask(create, draft)).body["id"]
    begun = (await desk.state(SUBSCRIPTIONS, id)).period
    desk.clock.late = timedelta(days=24)
    for _ in range(6):
        # Three workers at once, as after a night in which every one of them was away.
        await desk.attend(CAPABILITY, id, times=3)
    facts = await desk.engine.facts(desk.tenant, [SUBSCRIPTIONS.stream(id)])
    renewed = [fact.event for fact in facts if isinstance(fact.event, SubscriptionRenewed)]
    starts = [event.period.start_at for event in renewed]
    assert starts == [begun.end_at + timedelta(weeks=n) for n in range(3)]
    assert [event.period.index for event in renewed] == [1, 2, 3]
    invoices = [await desk.state(INVOICES, event.invoice or "") for event in renewed]
    assert [invoice.status for invoice in invoices] == ["PAID"] * 3
    assert [invoice.number for invoice in invoices] == ["INV-000002", "INV-000003", "INV-000004"]
    assert await gateway.captures() == (4, 4 * 700)
    assert (await desk.state(SUBSCRIPTIONS, id)).status == "ACTIVE"
