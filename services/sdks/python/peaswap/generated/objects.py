"""Objects. Generated from the OpenAPI document by `peaswap sdks generate`; changes are lost."""

from typing import Any, Literal

from peaswap.objects import Object


class Actor(Object):
    """Who did it: an api_key, a user, the scheduler or the system."""

    type: str
    id: str


class Address(Object):
    """A postal address; any part may be missing."""

    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None


class ApiKey(Object):
    """`secret` is there only in the answer that made it; `permissions` null means everything. `last_used` is right to the minute."""

    id: str
    object: Literal["api_key"]
    name: str | None
    created: int
    updated: int
    expires: int | None
    last4: str
    last_used: int | None
    livemode: bool
    permissions: dict[str, Literal["none", "read", "write"]] | None
    revoked: int | None
    type: str
    secret: str


class BankAccount(Object):
    """What may be shown of a bank account."""

    bank_name: str | None
    country: str | None
    fingerprint: str
    last4: str


class BillingDetails(Object):
    """Who the method belongs to, as the client says."""

    name: str | None
    email: str | None
    phone: str | None


class Card(Object):
    """What may be shown of a card."""

    brand: str | None
    country: str | None
    exp_month: int | None
    exp_year: int | None
    fingerprint: str
    funding: str | None
    last4: str


class Change(Object):
    """A field that took another value; parts of maps are named `metadata[plan]`. Null stands for absent."""

    field: str
    from_: Any
    to: Any


class CurrencyTotals(Object):
    """Sums in minor units of `currency`; only payments that succeeded count, with what was captured."""

    currency: str
    total_payments: int
    total_volume: int
    total_refunded: int
    net_volume: int
    average_transaction: int | None
    last_payment: int | None


class CustomerAnalytics(Object):
    """The totals in the customer's currency (or the one asked for), and in every other beside it."""

    object: Literal["customer.analytics"]
    customer: str
    currency: str | None
    total_payments: int
    total_volume: int
    average_transaction: int | None
    last_payment: int | None
    total_refunded: int
    net_volume: int
    by_currency: list[CurrencyTotals]


class Customer(Object):
    """`balance` is in minor units of `currency`, below zero when the customer has credit; instants are Unix seconds."""

    id: str
    object: Literal["customer"]
    name: str
    email: str
    phone: str | None
    created: int
    updated: int
    metadata: dict[str, str]
    address: Address | None
    balance: int
    currency: str | None
    default_payment_method: str | None
    delinquent: bool
    description: str | None
    livemode: bool
    test_clock: str | None
    timezone: str


class Deleted(Object):
    """What DELETE answers."""

    id: str
    object: str
    deleted: bool


class DeliveryAttempt(Object):
    """A try. `status_code` null: there was no answer, and `error` says why. `request_headers` are those sent, without the signatures; `response_head` is how the answer begins, up to 4 KiB."""

    number: int
    created: int
    duration_ms: int
    status_code: int | None
    error: str | None
    request_headers: dict[str, str]
    response_head: str | None


class Delivery(Object):
    """An event on its way to an endpoint. `next_attempt`: when it is to be tried (again); null when it is done, or while it waits for an earlier event of the same object."""

    id: str
    object: Literal["webhook_delivery"]
    webhook_endpoint: str
    event: str
    event_type: str
    object_id: str
    status: Literal["CANCELED", "DELIVERED", "FAILED", "PENDING"]
    created: int
    finished: int | None
    next_attempt: int | None
    livemode: bool
    attempts: list[DeliveryAttempt]


class Dunning(Object):
    """Retries in whole days after the first failure, and what becomes of a subscription after the last."""

    offset_days: list[int]
    end_state: Literal["CANCEL", "PAST_DUE", "UNPAID"]


class DuplicateGroup(Object):
    """Customers that share an e-mail address or phone number, oldest first, at most 100 of them. `created` is when the second of them came."""

    id: str
    object: Literal["customer.duplicates"]
    created: int
    field: Literal["email", "phone"]
    value: str
    customers: list[str]
    livemode: bool


class EndBehavior(Object):
    """What happens when a trial ends and there is no payment method."""

    missing_payment_method: Literal["CANCEL", "CREATE_INVOICE", "PAUSE"]


class Entry(Object):
    """One recorded event, of `number` in the history (1 is the oldest). `changes` name the fields of the object as clients see it; amounts among them are in `currency`."""

    id: str
    object: Literal["history_entry"]
    number: int
    type: str
    created: int
    position: int
    subject: str
    actor: Actor
    request_id: str | None
    idempotency_key: str | None
    caused_by: str | None
    currency: str | None
    changes: list[Change]


class Erasure(Object):
    """`erased` is when the customer's data keys were destroyed, in Unix seconds; the numbers say what ended with them. The same receipt is answered however often it is asked for."""

    object: Literal["erasure"]
    customer: str
    erased: int
    livemode: bool
    payment_methods: int
    subscriptions: int
    payment_schedules: int


class EventData(Object):
    """`object` is the object as it was right after the event, `previous_attributes` the former values of what changed; absent where nothing did, or where the object is new."""

    object: dict[str, Any]
    previous_attributes: dict[str, Any]


class EventRequest(Object):
    """The request that caused it; null where the system did."""

    id: str | None
    idempotency_key: str | None


class ExplainedAmount(Object):
    """An event, and what it adds to the figure."""

    event: str
    amount: int
    created: int


class Gateway(Object):
    """Where new charges of this environment go to; null when nobody has said so in live. Of secrets only the end is shown. Stripe's events are sent to `webhook_path` of this server."""

    provider: Literal["SIMULATOR", "STRIPE"] | None
    secret_key_last4: str | None
    webhook_secret_last4: str | None
    webhook_path: str


class InvoiceItem(Object):
    """`amount` in minor units of `currency`; `invoice` is null while it waits."""

    id: str
    object: Literal["invoice_item"]
    amount: int
    created: int
    updated: int
    currency: str
    customer: str
    description: str
    invoice: str | None
    livemode: bool
    metadata: dict[str, str]
    price: str | None
    quantity: int | None


class Pause(Object):
    """What becomes of invoices while collection is paused, and until when (Unix seconds)."""

    behavior: Literal["KEEP_AS_DRAFT", "MARK_UNCOLLECTIBLE", "VOID"]
    resumes_at: int | None


class PaymentError(Object):
    """Why the last attempt failed, in the words of the API's card errors."""

    code: str
    decline_code: str | None
    message: str


class PaymentMethod(Object):
    """A saved card or bank account; `card` or `bank_account` is null, by `type`."""

    id: str
    object: Literal["payment_method"]
    type: Literal["BANK_ACCOUNT", "CARD"]
    customer: str | None
    card: Card | None
    bank_account: BankAccount | None
    billing_details: BillingDetails
    created: int
    updated: int
    livemode: bool
    metadata: dict[str, str]


class Period(Object):
    """From `start` on, and before `end`; Unix seconds."""

    start: int
    end: int


class Planned(Object):
    """`date` in Unix seconds; `next_attempt` is null once it is paid, has failed for good or is canceled."""

    object: Literal["planned_payment"]
    amount: int
    date: int
    description: str | None
    last_error: str | None
    next_attempt: int | None
    payment: str | None
    status: Literal["CANCELED", "FAILED", "PAID", "PROCESSING", "SCHEDULED"]


class Point(Object):
    """A day, week or month, from `start` on; amounts in minor units of `currency`. Subscriptions and `mrr` are as of its end, or of now: `mrr` is what active subscriptions (past due ones too) bring a month, `mrr_trialing` what those on trial will; a year is 12 months, a week 12/52 of one, a day 12/365. `churned` counts those that ended after they had begun to be paid for."""

    start: int
    date: str
    currency: str
    volume: int
    net: int
    refunded: int
    payments: int
    failures: int
    refunds: int
    new_customers: int
    active_subscriptions: int
    trialing_subscriptions: int
    mrr: int
    mrr_trialing: int
    churned: int


class Product(Object):
    """Instants are Unix seconds."""

    id: str
    object: Literal["product"]
    active: bool
    created: int
    updated: int
    description: str | None
    livemode: bool
    metadata: dict[str, str]
    name: str


class ProjectionStatus(Object):
    """`lag_seconds`: how long the next event has been waiting. `stopped` names the event that cannot be projected."""

    name: str
    object: Literal["projection"]
    version: int
    shard: int
    position: int
    lag_events: int
    lag_seconds: float
    state: str
    reason: str | None
    event: str | None


class Recurring(Object):
    """A period lasts `interval_count` intervals."""

    interval: Literal["DAY", "MONTH", "WEEK", "YEAR"]
    interval_count: int


class Refund(Object):
    """`amount` in minor units of `currency`."""

    id: str
    object: Literal["refund"]
    amount: int
    created: int
    updated: int
    currency: str
    customer: str | None
    failure_reason: str | None
    gateway_reference: str | None
    livemode: bool
    metadata: dict[str, str]
    payment: str
    reason: Literal["DUPLICATE", "FRAUDULENT", "REQUESTED_BY_CUSTOMER"] | None
    status: Literal["FAILED", "PENDING", "SUCCEEDED"]


class Replay(Object):
    """What stands in the log from `from_position` on, up to where the replay was asked for, is sent once more."""

    id: str
    object: Literal["webhook_replay"]
    webhook_endpoint: str
    from_position: int
    livemode: bool


class Schedule(Object):
    """Amounts in minor units of `currency`; `amount_paid` of `total_amount` is paid."""

    id: str
    object: Literal["payment_schedule"]
    amount_paid: int
    canceled_at: int | None
    completed_at: int | None
    created: int
    updated: int
    currency: str
    customer: str
    livemode: bool
    metadata: dict[str, str]
    payment_method: str | None
    payments: list[Planned]
    status: Literal["ACTIVE", "CANCELED", "COMPLETED"]
    test_clock: str | None
    total_amount: int


class TestClock(Object):
    """`frozen_time` is the time on the clock; `target_frozen_time` where it goes while ADVANCING. Unix seconds."""

    id: str
    object: Literal["test_clock"]
    created: int
    updated: int
    frozen_time: int
    livemode: bool
    name: str | None
    status: Literal["ADVANCING", "READY"]
    target_frozen_time: int | None


class Tier(Object):
    """Amounts in minor units: whole ones, and beside them the same as decimals."""

    flat_amount: int | None
    flat_amount_decimal: str
    unit_amount: int | None
    unit_amount_decimal: str
    up_to: int | None


class TrialSettings(Object):
    """How a trial ends."""

    end_behavior: EndBehavior


class WebhookEndpoint(Object):
    """`secret` is there only in the answers that made it. `failing_since`: it was disabled because nothing had reached it since then. Instants are Unix seconds."""

    id: str
    object: Literal["webhook_endpoint"]
    created: int
    updated: int
    description: str | None
    enabled_events: list[str]
    failing_since: int | None
    livemode: bool
    metadata: dict[str, str]
    status: Literal["DISABLED", "ENABLED"]
    url: str
    secret: str


class Account(Object):
    """The settings of the account that the key belongs to, shared by both environments."""

    id: str
    object: Literal["account"]
    name: str
    created: int
    updated: int
    default_currency: str
    dunning: Dunning
    gateway: Gateway
    invoice_prefix: str
    livemode: bool
    timezone: str


class Attempt(Object):
    """One time that the gateway was asked to charge."""

    number: int
    status: Literal["FAILED", "PROCESSING", "SUCCEEDED"]
    payment_method: str
    created: int
    error: PaymentError | None


class Event(Object):
    """Something that happened. `created` is in Unix seconds, by the test clock for objects that live on one; `position` says where it stands in the log."""

    id: str
    object: Literal["event"]
    type: str
    created: int
    livemode: bool
    position: int
    api_version: str
    data: EventData
    request: EventRequest


class ItemPrice(Object):
    """The price of an item, as it was agreed."""

    id: str
    object: Literal["price"]
    currency: str
    nickname: str | None
    product: str
    recurring: Recurring | None
    unit_amount: int | None
    unit_amount_decimal: str | None


class Line(Object):
    """`amount` in minor units, below zero for a credit; `arithmetic` writes out how it came about."""

    id: str
    object: Literal["line_item"]
    amount: int
    arithmetic: str | None
    currency: str
    description: str
    invoice_item: str | None
    period: Period
    price: str | None
    product: str | None
    proration: bool
    quantity: int | None
    subscription_item: str | None


class Payment(Object):
    """Amounts in minor units of `currency`; instants in Unix seconds."""

    id: str
    object: Literal["payment"]
    amount: int
    amount_capturable: int
    amount_received: int
    amount_refunded: int
    attempts: list[Attempt]
    capture_method: Literal["AUTOMATIC", "MANUAL"]
    created: int
    updated: int
    currency: str
    customer: str | None
    description: str | None
    gateway: str | None
    gateway_reference: str | None
    invoice: str | None
    last_payment_error: PaymentError | None
    livemode: bool
    metadata: dict[str, str]
    payment_method: str | None
    statement_descriptor: str | None
    status: Literal[
        "CANCELED",
        "FAILED",
        "PROCESSING",
        "REQUIRES_CAPTURE",
        "REQUIRES_CONFIRMATION",
        "REQUIRES_PAYMENT_METHOD",
        "SUCCEEDED",
    ]
    subscription: str | None


class Price(Object):
    """`unit_amount` is null where the price is not a whole number of minor units, or depends on the quantity."""

    id: str
    object: Literal["price"]
    active: bool
    billing_scheme: Literal["PER_UNIT", "TIERED"]
    created: int
    updated: int
    currency: str
    livemode: bool
    lookup_key: str | None
    metadata: dict[str, str]
    nickname: str | None
    product: str
    recurring: Recurring | None
    tiers: list[Tier] | None
    tiers_mode: Literal["GRADUATED", "VOLUME"] | None
    type: Literal["ONE_TIME", "RECURRING"]
    unit_amount: int | None
    unit_amount_decimal: str | None


class Item(Object):
    """A number of units of a price."""

    id: str
    object: Literal["subscription_item"]
    price: ItemPrice
    quantity: int


class LineList(Object):
    """All lines of the invoice."""

    object: Literal["list"]
    url: str
    has_more: bool
    data: list[Line]


class PendingUpdate(Object):
    """A change that is made once `invoice` is paid, and forgotten at `expires_at`. The anchor is set where a new cycle would begin."""

    billing_cycle_anchor: int | None
    expires_at: int
    invoice: str
    subscription_items: list[Item]


class Invoice(Object):
    """Amounts in minor units of `currency`; instants in Unix seconds. `attempt_count` counts the first attempt and those that were planned after it. From its finalization on whoever has `hosted_invoice_url` sees the invoice as a page, and with `invoice_pdf` as a PDF, without a key."""

    id: str
    object: Literal["invoice"]
    amount_due: int
    amount_paid: int
    amount_remaining: int
    attempt_count: int
    billing_reason: Literal["MANUAL", "SUBSCRIPTION_CREATE", "SUBSCRIPTION_CYCLE", "SUBSCRIPTION_UPDATE"]
    collection_method: Literal["CHARGE_AUTOMATICALLY", "SEND_INVOICE"]
    created: int
    updated: int
    currency: str
    customer: str
    description: str | None
    due_date: int | None
    ending_balance: int | None
    finalized_at: int | None
    hosted_invoice_url: str | None
    invoice_pdf: str | None
    last_error: str | None
    lines: LineList
    livemode: bool
    metadata: dict[str, str]
    next_payment_attempt: int | None
    number: str | None
    paid_at: int | None
    paid_out_of_band: bool
    payment: str | None
    payment_method: str | None
    period_end: int
    period_start: int
    starting_balance: int
    status: Literal["DRAFT", "OPEN", "PAID", "UNCOLLECTIBLE", "VOID"]
    subscription: str | None
    subtotal: int
    test_clock: str | None
    total: int


class ItemList(Object):
    """All items of the subscription."""

    object: Literal["list"]
    url: str
    has_more: bool
    data: list[Item]


class Subscription(Object):
    """Instants in Unix seconds. `price` and `quantity` are those of the first item; `cancel_at` is the end of the period where it ends with that."""

    id: str
    object: Literal["subscription"]
    billing_cycle_anchor: int
    cancel_at: int | None
    cancel_at_period_end: bool
    canceled_at: int | None
    collection_method: Literal["CHARGE_AUTOMATICALLY", "SEND_INVOICE"]
    created: int
    updated: int
    currency: str
    current_period_end: int
    current_period_start: int
    customer: str
    days_until_due: int | None
    default_payment_method: str | None
    end_reason: (
        Literal["asked", "cancel_at", "customer_deleted", "dunning", "period_end", "trial_without_method"] | None
    )
    ended_at: int | None
    items: ItemList
    latest_invoice: str | None
    livemode: bool
    metadata: dict[str, str]
    pause_collection: Pause | None
    payment_behavior: Literal["ALLOW_INCOMPLETE", "DEFAULT_INCOMPLETE", "ERROR_IF_INCOMPLETE", "PENDING_IF_INCOMPLETE"]
    pending_update: PendingUpdate | None
    price: str
    quantity: int
    start_date: int
    status: Literal[
        "ACTIVE", "CANCELED", "INCOMPLETE", "INCOMPLETE_EXPIRED", "PAST_DUE", "PAUSED", "TRIALING", "UNPAID"
    ]
    test_clock: str | None
    timezone: str
    trial_end: int | None
    trial_settings: TrialSettings
    trial_start: int | None


Object.known.update(
    {
        "account": Account,
        "api_key": ApiKey,
        "customer": Customer,
        "customer.analytics": CustomerAnalytics,
        "customer.duplicates": DuplicateGroup,
        "erasure": Erasure,
        "event": Event,
        "history_entry": Entry,
        "invoice": Invoice,
        "invoice_item": InvoiceItem,
        "line_item": Line,
        "payment": Payment,
        "payment_method": PaymentMethod,
        "payment_schedule": Schedule,
        "planned_payment": Planned,
        "price": Price,
        "product": Product,
        "projection": ProjectionStatus,
        "refund": Refund,
        "subscription": Subscription,
        "subscription_item": Item,
        "test_clock": TestClock,
        "webhook_delivery": Delivery,
        "webhook_endpoint": WebhookEndpoint,
        "webhook_replay": Replay,
    }
)
Object.maps.update(["metadata", "object", "permissions", "previous_attributes", "request_headers"])
