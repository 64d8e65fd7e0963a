"""How each type of event is brought about: a recipe makes it happen and names the object that the event is about."""

from collections.abc import Callable, Mapping

from services.cli.stage import FAILING, Stage

VISA = "pm_card_visa"
NOTE = {"metadata": {"changed_by": "peaswap trigger"}}

Recipe = Callable[[Stage], str]


def _then(made: Recipe, path: str, action: str = "", body: Mapping[str, object] | None = None) -> Recipe:
    """What `made` makes, and then a POST about it."""

    def recipe(stage: Stage) -> str:
        id = made(stage)
        stage.post(f"/v1/{path}/{id}{action}", body)
        return id

    return recipe


def _deleted(made: Recipe, path: str) -> Recipe:
    def recipe(stage: Stage) -> str:
        id = made(stage)
        stage.delete(f"/v1/{path}/{id}")
        return id

    return recipe


def _customer(stage: Stage) -> str:
    return stage.customer()


def _merged(stage: Stage) -> str:
    kept, other = stage.customer(), stage.customer()
    stage.post(f"/v1/customers/{kept}/merge", {"from": other})
    return kept


def _payment(stage: Stage) -> str:
    return stage.payment()


def _authorized(stage: Stage) -> str:
    return stage.payment(capture_method="MANUAL")


def _declined(stage: Stage) -> str:
    return stage.payment(payment_method="pm_card_visa_chargeDeclined", declined=True)


def _debited(stage: Stage) -> str:
    return stage.payment(payment_method="pm_bank_success")


def _refund(stage: Stage) -> str:
    return stage.post("/v1/refunds", {"payment": stage.payment()})["id"]


def _refund_failed(stage: Stage) -> str:
    id = _refund(stage)
    stage.post(f"/v1/test_helpers/refunds/{id}/fail")
    return id


def _method(stage: Stage) -> str:
    return stage.card(stage.customer())


def _product(stage: Stage) -> str:
    return stage.product()


def _price(stage: Stage) -> str:
    return stage.price()


def _subscription(stage: Stage) -> str:
    return stage.subscription(stage.customer(VISA))


def _trial_ends(stage: Stage) -> str:
    clock = stage.clock()
    id = stage.subscription(stage.customer(VISA, clock), trial_period_days=7)
    stage.later(clock, 5)
    return id


def _renewal_nears(stage: Stage) -> str:
    clock = stage.clock()
    id = stage.subscription(stage.customer(VISA, clock))
    stage.later(clock, 27)
    return id


def _past_due(stage: Stage) -> str:
    clock = stage.clock()
    customer = stage.customer(VISA, clock)
    id = stage.subscription(customer)
    stage.card(customer, FAILING)
    stage.later(clock, 32)
    return id


def _draft(stage: Stage) -> str:
    return stage.invoice(stage.customer(), final=False)


def _open(stage: Stage) -> str:
    return stage.invoice(stage.customer())


def _payable(stage: Stage) -> str:
    return stage.invoice(stage.customer(VISA))


def _unpaid(stage: Stage) -> str:
    id = stage.invoice(stage.customer(FAILING))
    stage.post(f"/v1/invoices/{id}/pay", declined=True)
    return id


def _schedule(stage: Stage) -> str:
    return stage.schedule(stage.customer(VISA), 30)


def _scheduled(card: str) -> Recipe:
    def recipe(stage: Stage) -> str:
        clock = stage.clock()
        id = stage.schedule(stage.customer(card, clock), 2)
        stage.later(clock, 3)
        return id

    return recipe


def _key(stage: Stage) -> str:
    return stage.key()


def _clock(stage: Stage) -> str:
    return stage.clock()


def _advanced(stage: Stage) -> str:
    clock = stage.clock()
    stage.later(clock, 1)
    return clock


RECIPES: Mapping[str, Recipe] = {
    "customer.created": _customer,
    "customer.updated": _then(_customer, "customers", body=NOTE),
    "customer.deleted": _deleted(_customer, "customers"),
    "customer.merged": _merged,
    "customer.erased": _then(_customer, "customers", "/erase"),
    "payment.created": _payment,
    "payment.succeeded": _payment,
    "payment.failed": _declined,
    "payment.processing": _debited,
    "payment.captured": _then(_authorized, "payments", "/capture"),
    "payment.canceled": _then(_authorized, "payments", "/cancel"),
    "refund.created": _refund,
    "refund.failed": _refund_failed,
    "payment_method.attached": _method,
    "payment_method.updated": _then(_method, "payment_methods", body=NOTE),
    "payment_method.detached": _then(_method, "payment_methods", "/detach"),
    "product.created": _product,
    "product.updated": _then(_product, "products", body=NOTE),
    "product.deleted": _deleted(_product, "products"),
    "price.created": _price,
    "price.updated": _then(_price, "prices", body=NOTE),
    "subscription.created": _subscription,
    "subscription.updated": _then(_subscription, "subscriptions", body=NOTE),
    "subscription.deleted": _deleted(_subscription, "subscriptions"),
    "subscription.paused": _then(_subscription, "subscriptions", "/pause"),
    "subscription.resumed": _then(_then(_subscription, "subscriptions", "/pause"), "subscriptions", "/resume"),
    "subscription.trial_will_end": _trial_ends,
    "subscription.past_due": _past_due,
    "invoice.created": _draft,
    "invoice.finalized": _open,
    "invoice.paid": _then(_payable, "invoices", "/pay"),
    "invoice.payment_failed": _unpaid,
    "invoice.voided": _then(_open, "invoices", "/void"),
    "invoice.marked_uncollectible": _then(_open, "invoices", "/mark_uncollectible"),
    "invoice.upcoming": _renewal_nears,
    "payment_schedule.created": _schedule,
    "payment_schedule.updated": _then(_schedule, "payment_schedules", body=NOTE),
    "payment_schedule.canceled": _then(_schedule, "payment_schedules", "/cancel"),
    "payment_schedule.completed": _scheduled(VISA),
    "payment_schedule.payment_succeeded": _scheduled(VISA),
    "payment_schedule.payment_failed": _scheduled(FAILING),
    "api_key.created": _key,
    "api_key.rolled": _then(_key, "api_keys", "/roll"),
    "api_key.revoked": _then(_key, "api_keys", "/revoke"),
    "test_clock.created": _clock,
    "test_clock.advancing": _advanced,
    "test_clock.ready": _advanced,
    "test_clock.deleted": _deleted(_clock, "test_helpers/test_clocks"),
}

# Why there is no recipe.
ELSEWHERE: Mapping[str, str] = {
    "webhook_endpoint": "It needs a URL of yours: `peaswap webhooks create URL`, then `test`, `update` or `delete`.",
    "customer": "It cannot be brought about by one call.",
}
