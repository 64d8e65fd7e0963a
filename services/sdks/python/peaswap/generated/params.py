"""Parameters. Generated from the OpenAPI document by `peaswap sdks generate`; changes are lost."""

from typing import Literal, NotRequired, TypedDict

from peaswap.requests import Instant


class AccountRetrieveParams(TypedDict):
    expand: NotRequired[list[str]]


class AddressPatch(TypedDict):
    """
    A postal address laid over another: parts that are absent stay as they are, null or "" clears one.
    """

    line1: NotRequired[str | None]
    line2: NotRequired[str | None]
    city: NotRequired[str | None]
    state: NotRequired[str | None]
    postal_code: NotRequired[str | None]
    country: NotRequired[str | None]


class Advance(TypedDict):
    """
    The time to go to, in Unix seconds.
    """

    frozen_time: Instant
    expand: NotRequired[list[str]]


AnalyticsListParams = TypedDict(
    "AnalyticsListParams",
    {
        "from": NotRequired[Instant],
        "to": NotRequired[Instant],
        "interval": NotRequired[Literal["day", "month", "week"]],
        "currency": NotRequired[str],
        "expand": NotRequired[list[str]],
    },
)


class ApiKeyDraft(TypedDict):
    """
    A new key of this account and environment. With `permissions` it is a restricted key: what is not named there is `none`. `expires` is in Unix seconds.
    """

    name: NotRequired[str | None]
    permissions: NotRequired[dict[str, Literal["none", "read", "write"]] | None]
    expires: NotRequired[Instant | None]
    expand: NotRequired[list[str]]


class Created(TypedDict):
    gt: NotRequired[Instant]
    gte: NotRequired[Instant]
    lt: NotRequired[Instant]
    lte: NotRequired[Instant]


class ApiKeysListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    expand: NotRequired[list[str]]


class ApiKeysRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class ApiKeysRevokeParams(TypedDict):
    expand: NotRequired[list[str]]


class Attachment(TypedDict):
    """
    The customer that is to be charged by it.
    """

    customer: str
    expand: NotRequired[list[str]]


class BankAccountDraft(TypedDict):
    """
    `token` as the gateway gave it. A raw `account_number` is refused, and kept nowhere.
    """

    token: NotRequired[str | None]
    account_number: NotRequired[str | int | None]
    routing_number: NotRequired[str | int | None]


class BillingPatch(TypedDict):
    """
    Billing details laid over others: parts that are absent stay as they are, null or "" clears one.
    """

    name: NotRequired[str | None]
    email: NotRequired[str | None]
    phone: NotRequired[str | None]


class Cancellation(TypedDict):
    """
    `prorate` gives time back that was paid for and is not used; without `invoice_now` what waits for the next invoice is forgotten.
    """

    prorate: NotRequired[bool]
    invoice_now: NotRequired[bool]
    expand: NotRequired[list[str]]


class Capture(TypedDict):
    """
    `amount`: how much of the reservation to take, all of it unless named; the rest is released.
    """

    amount: NotRequired[int | None]
    expand: NotRequired[list[str]]


class CardDraft(TypedDict):
    """
    `token` as the gateway gave it. A raw `number` is refused, and kept nowhere.
    """

    token: NotRequired[str | None]
    number: NotRequired[str | int | None]
    exp_month: NotRequired[str | int | None]
    exp_year: NotRequired[str | int | None]
    cvc: NotRequired[str | int | None]


class Confirmation(TypedDict):
    """
    `payment_method`: the one to charge, when it is not to be the payment's own or the customer's default.
    """

    payment_method: NotRequired[str | None]
    expand: NotRequired[list[str]]


class CustomerDraft(TypedDict):
    """
    A new customer. `if_email_exists` says what to do when the address is in use: `return` answers the oldest customer that has it, `error` refuses; without it, duplicates are allowed. `default_payment_method` names a method that nobody has yet: it is attached to the new customer.
    """

    name: str
    email: str
    phone: NotRequired[str | None]
    description: NotRequired[str | None]
    address: NotRequired[Literal[""] | AddressPatch | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    timezone: NotRequired[str | None]
    default_payment_method: NotRequired[str | None]
    test_clock: NotRequired[str | None]
    if_email_exists: NotRequired[Literal["error", "return"] | None]
    expand: NotRequired[list[str]]


class CustomerPatch(TypedDict):
    """
    Changes to a customer; what is absent stays as it is, null or "" clears an optional field.
    """

    name: NotRequired[str]
    email: NotRequired[str]
    phone: NotRequired[str | None]
    description: NotRequired[str | None]
    address: NotRequired[Literal[""] | AddressPatch | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    timezone: NotRequired[str | None]
    default_payment_method: NotRequired[str | None]
    expand: NotRequired[list[str]]


class CustomersAnalyticsExplainParams(TypedDict):
    metric: NotRequired[Literal["net_volume", "total_payments", "total_refunded", "total_volume"]]
    currency: NotRequired[str]
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    expand: NotRequired[list[str]]


class CustomersAnalyticsParams(TypedDict):
    currency: NotRequired[str]
    expand: NotRequired[list[str]]


class CustomersDeleteParams(TypedDict):
    if_active: NotRequired[Literal["cancel", "error"]]
    expand: NotRequired[list[str]]


class CustomersDuplicatesParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    expand: NotRequired[list[str]]


class CustomersHistoryParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    holding: NotRequired[str]
    expand: NotRequired[list[str]]


class CustomersListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    email: NotRequired[str]
    q: NotRequired[str]
    sort: NotRequired[Literal["created", "email", "name"]]
    direction: NotRequired[Literal["asc", "desc"]]
    expand: NotRequired[list[str]]


class CustomersPaymentMethodsParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    type: NotRequired[Literal["BANK_ACCOUNT", "CARD"]]
    expand: NotRequired[list[str]]


class CustomersRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class CustomersSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class DunningPatch(TypedDict):
    """
    When a failed renewal is tried again, in whole days after the first failure, and what happens after the last.
    """

    offset_days: NotRequired[list[int]]
    end_state: NotRequired[Literal["CANCEL", "PAST_DUE", "UNPAID"]]


class EndBehaviorDraft(TypedDict):
    """
    What happens when a trial ends and there is no payment method.
    """

    missing_payment_method: Literal["CANCEL", "CREATE_INVOICE", "PAUSE"]


class ErasureDraft(TypedDict):
    """
    `if_active`: what to do when subscriptions or schedules are running: end them (CANCEL, the default) or refuse.
    """

    if_active: NotRequired[Literal["cancel", "error"] | None]
    expand: NotRequired[list[str]]


class EventsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    type: NotRequired[str]
    types: NotRequired[list[str]]
    object_id: NotRequired[str]
    expand: NotRequired[list[str]]


class EventsRetrieveParams(TypedDict):
    expand: NotRequired[list[str]]


class ExpiryPatch(TypedDict):
    """
    A card's new expiry.
    """

    exp_month: NotRequired[int]
    exp_year: NotRequired[int]


class GatewayPatch(TypedDict):
    """
    Where new charges of the key's environment go to. Secrets are kept sealed and never shown again; what is absent stays as it is.
    """

    provider: NotRequired[Literal["SIMULATOR", "STRIPE"]]
    secret_key: NotRequired[str]
    webhook_secret: NotRequired[str | None]


class InstallmentsDraft(TypedDict):
    """
    `count` payments, one each `interval_count` intervals.
    """

    count: int
    interval: NotRequired[Literal["DAY", "MONTH", "WEEK", "YEAR"]]
    interval_count: NotRequired[int]


class InvoiceDraft(TypedDict):
    """
    A new invoice, a draft, with all items of the customer that wait in its currency, unless they are excluded. With `auto_advance` it is charged by itself once it is finalized, and again by the account's dunning.
    """

    customer: str
    currency: NotRequired[str | None]
    collection_method: NotRequired[Literal["CHARGE_AUTOMATICALLY", "SEND_INVOICE"]]
    days_until_due: NotRequired[int | None]
    payment_method: NotRequired[str | None]
    auto_advance: NotRequired[bool]
    pending_invoice_items_behavior: NotRequired[Literal["EXCLUDE", "INCLUDE"]]
    description: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class InvoiceItemDraft(TypedDict):
    """
    Something to put on the customer's next invoice, one that you create, the first or the next of a subscription, or that of a change which is invoiced at once; or on `invoice`, a draft: an `amount` with its `currency`, or a `quantity` of a one-time `price`. Below zero it is a credit.
    """

    customer: str
    amount: NotRequired[int | None]
    currency: NotRequired[str | None]
    price: NotRequired[str | None]
    invoice: NotRequired[str | None]
    quantity: NotRequired[int]
    description: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class InvoiceItemsDeleteParams(TypedDict):
    expand: NotRequired[list[str]]


class InvoiceItemsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    customer: NotRequired[str]
    invoice: NotRequired[str]
    pending: NotRequired[str]
    expand: NotRequired[list[str]]


class InvoiceItemsRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class InvoiceItemsSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class InvoicePatch(TypedDict):
    """
    Changes to an invoice; what is absent stays as it is.
    """

    payment_method: NotRequired[str | None]
    description: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class InvoicesFinalizeParams(TypedDict):
    expand: NotRequired[list[str]]


class InvoicesLinesParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    expand: NotRequired[list[str]]


class InvoicesListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    customer: NotRequired[str]
    status: NotRequired[Literal["DRAFT", "OPEN", "PAID", "UNCOLLECTIBLE", "VOID"]]
    subscription: NotRequired[str]
    collection_method: NotRequired[Literal["CHARGE_AUTOMATICALLY", "SEND_INVOICE"]]
    number: NotRequired[str]
    test_clock: NotRequired[str]
    expand: NotRequired[list[str]]


class InvoicesMarkUncollectibleParams(TypedDict):
    expand: NotRequired[list[str]]


class InvoicesRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class InvoicesSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class InvoicesVoidParams(TypedDict):
    expand: NotRequired[list[str]]


class ItemDraft(TypedDict):
    """
    A number of units of a price. With `id` it is an item that is there already; `deleted` takes it away.
    """

    price: NotRequired[str | None]
    quantity: NotRequired[int | None]
    id: NotRequired[str | None]
    deleted: NotRequired[bool]


class PauseDraft(TypedDict):
    """
    What becomes of invoices while collection is paused: KEEP_AS_DRAFT, MARK_UNCOLLECTIBLE or VOID.
    """

    behavior: Literal["KEEP_AS_DRAFT", "MARK_UNCOLLECTIBLE", "VOID"]
    resumes_at: NotRequired[Instant | None]


class Pay(TypedDict):
    """
    `payment_method`: the one to charge; `paid_out_of_band` records that it was paid in some other way.
    """

    payment_method: NotRequired[str | None]
    paid_out_of_band: NotRequired[bool]
    expand: NotRequired[list[str]]


class PaymentDraft(TypedDict):
    """
    A new payment of `amount` minor units. It is charged at once unless `confirm` is false.
    """

    amount: int
    currency: str
    customer: NotRequired[str | None]
    payment_method: NotRequired[str | None]
    description: NotRequired[str | None]
    capture_method: NotRequired[Literal["AUTOMATIC", "MANUAL"]]
    confirm: NotRequired[bool]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    statement_descriptor: NotRequired[str | None]
    expand: NotRequired[list[str]]


class PaymentMethodDraft(TypedDict):
    """
    A new payment method; with `customer` it is attached at once.
    """

    type: Literal["BANK_ACCOUNT", "CARD"]
    card: NotRequired[CardDraft | None]
    bank_account: NotRequired[BankAccountDraft | None]
    customer: NotRequired[str | None]
    billing_details: NotRequired[Literal[""] | BillingPatch | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class PaymentMethodPatch(TypedDict):
    """
    Changes to a payment method; what is absent stays as it is.
    """

    card: NotRequired[ExpiryPatch]
    billing_details: NotRequired[Literal[""] | BillingPatch | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class PaymentMethodsDetachParams(TypedDict):
    expand: NotRequired[list[str]]


class PaymentMethodsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    customer: NotRequired[str]
    type: NotRequired[Literal["BANK_ACCOUNT", "CARD"]]
    expand: NotRequired[list[str]]


class PaymentMethodsRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class PaymentMethodsSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class PaymentPatch(TypedDict):
    """
    Changes to a payment; amount and method can change only before it is confirmed.
    """

    amount: NotRequired[int]
    payment_method: NotRequired[str | None]
    description: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    statement_descriptor: NotRequired[str | None]
    expand: NotRequired[list[str]]


class PaymentSchedulesCancelParams(TypedDict):
    expand: NotRequired[list[str]]


class PaymentSchedulesListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    customer: NotRequired[str]
    status: NotRequired[Literal["ACTIVE", "CANCELED", "COMPLETED"]]
    expand: NotRequired[list[str]]


class PaymentSchedulesRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class PaymentSchedulesSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class PaymentsCancelParams(TypedDict):
    expand: NotRequired[list[str]]


class PaymentsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    customer: NotRequired[str]
    status: NotRequired[
        Literal[
            "CANCELED",
            "FAILED",
            "PROCESSING",
            "REQUIRES_CAPTURE",
            "REQUIRES_CONFIRMATION",
            "REQUIRES_PAYMENT_METHOD",
            "SUCCEEDED",
        ]
    ]
    subscription: NotRequired[str]
    invoice: NotRequired[str]
    expand: NotRequired[list[str]]


class PaymentsRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class PaymentsSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class PlannedDraft(TypedDict):
    """
    One planned payment; `date` in Unix seconds. What has passed is due at once.
    """

    amount: int
    date: Instant
    description: NotRequired[str | None]


class PricePatch(TypedDict):
    """
    Changes to a price; the amount and the cycle are not among them.
    """

    nickname: NotRequired[str | None]
    active: NotRequired[bool]
    lookup_key: NotRequired[str | None]
    transfer_lookup_key: NotRequired[bool]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class PricesListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    product: NotRequired[str]
    active: NotRequired[bool]
    currency: NotRequired[str]
    lookup_key: NotRequired[str]
    type: NotRequired[Literal["ONE_TIME", "RECURRING"]]
    lookup_keys: NotRequired[list[str]]
    products: NotRequired[list[str]]
    expand: NotRequired[list[str]]


class PricesRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class PricesSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class ProductData(TypedDict):
    """
    The product to make together with the price.
    """

    name: str
    id: NotRequired[str | None]


class ProductDraft(TypedDict):
    """
    A new product; `id` may be chosen.
    """

    name: str
    id: NotRequired[str | None]
    description: NotRequired[str | None]
    active: NotRequired[bool]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class ProductPatch(TypedDict):
    """
    Changes to a product; what is absent stays as it is.
    """

    name: NotRequired[str]
    description: NotRequired[str | None]
    active: NotRequired[bool]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class ProductsDeleteParams(TypedDict):
    expand: NotRequired[list[str]]


class ProductsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    active: NotRequired[bool]
    expand: NotRequired[list[str]]


class ProductsRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class ProductsSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class ProjectionsListParams(TypedDict):
    expand: NotRequired[list[str]]


class RecurringDraft(TypedDict):
    """
    How long a period is.
    """

    interval: Literal["DAY", "MONTH", "WEEK", "YEAR"]
    interval_count: NotRequired[int]


class RefundDraft(TypedDict):
    """
    A refund of `amount` minor units; of all that is left when no amount is named.
    """

    payment: str
    amount: NotRequired[int | None]
    reason: NotRequired[Literal["DUPLICATE", "FRAUDULENT", "REQUESTED_BY_CUSTOMER"] | Literal[""] | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class RefundPatch(TypedDict):
    """
    Changes to a refund; only its metadata can change.
    """

    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class RefundsFailParams(TypedDict):
    expand: NotRequired[list[str]]


class RefundsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    payment: NotRequired[str]
    customer: NotRequired[str]
    expand: NotRequired[list[str]]


class RefundsRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class RefundsSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class ReplayDraft(TypedDict):
    """
    Where to begin: after a position of the log (0 is its beginning), or at an instant in Unix seconds.
    """

    from_position: NotRequired[int | None]
    since: NotRequired[Instant | None]
    expand: NotRequired[list[str]]


class ResendDraft(TypedDict):
    """
    `endpoint`: the id of a webhook endpoint (we_…).
    """

    endpoint: str
    expand: NotRequired[list[str]]


class Resumption(TypedDict):
    """
    `unchanged` goes on with the period that is paid for, while it lasts; `now` begins a new one at once.
    """

    billing_cycle_anchor: NotRequired[Literal["now", "unchanged"]]
    expand: NotRequired[list[str]]


class Roll(TypedDict):
    """
    `expires_in`: how many seconds the old secret keeps working, 24 hours unless said otherwise, 7 days at most; 0 closes it now. `grace_seconds` is another name for it.
    """

    expires_in: NotRequired[int | None]
    grace_seconds: NotRequired[int | None]
    expand: NotRequired[list[str]]


class ScheduleDraft(TypedDict):
    """
    A new schedule: `payments` with their dates, or a `total_amount` in `installments` from `start_date` on, the first of them after a deposit where one is asked for. Each is charged when its date comes, one with a date in the past at once, one after another.
    """

    customer: str
    currency: str
    payments: NotRequired[list[PlannedDraft] | None]
    total_amount: NotRequired[int | None]
    installments: NotRequired[InstallmentsDraft | None]
    start_date: NotRequired[Instant | None]
    deposit_percent: NotRequired[int | None]
    deposit_amount: NotRequired[int | None]
    payment_method: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class SchedulePatch(TypedDict):
    """
    Changes to a schedule; what is absent stays as it is.
    """

    payment_method: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class SecretRoll(TypedDict):
    """
    `grace_seconds`: how long everything is signed with the old secret too, 24 hours unless said otherwise, 7 days at most.
    """

    grace_seconds: NotRequired[int]
    expand: NotRequired[list[str]]


class SubscriptionDetails(TypedDict):
    """
    The change, or the new subscription, whose invoice is asked for.
    """

    price: NotRequired[str]
    quantity: NotRequired[int]
    items: NotRequired[list[ItemDraft]]
    proration_behavior: NotRequired[Literal["ALWAYS_INVOICE", "CREATE_PRORATIONS", "NONE"]]
    billing_cycle_anchor: NotRequired[Instant | Literal["now", "unchanged"]]


class SubscriptionsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    customer: NotRequired[str]
    price: NotRequired[str]
    status: NotRequired[
        Literal["ACTIVE", "CANCELED", "INCOMPLETE", "INCOMPLETE_EXPIRED", "PAST_DUE", "PAUSED", "TRIALING", "UNPAID"]
    ]
    test_clock: NotRequired[str]
    expand: NotRequired[list[str]]


class SubscriptionsPauseParams(TypedDict):
    expand: NotRequired[list[str]]


class SubscriptionsRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class SubscriptionsSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class TestClockDraft(TypedDict):
    """
    A new clock that shows `frozen_time`, in Unix seconds.
    """

    frozen_time: Instant
    name: NotRequired[str | None]
    expand: NotRequired[list[str]]


class TestClocksDeleteParams(TypedDict):
    expand: NotRequired[list[str]]


class TestClocksListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    expand: NotRequired[list[str]]


class TestClocksRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class TierDraft(TypedDict):
    """
    Units up to `up_to`; the last tier is for all further ones, `inf`.
    """

    up_to: NotRequired[int | str | None]
    unit_amount: NotRequired[int | None]
    unit_amount_decimal: NotRequired[str | int | float | None]
    flat_amount: NotRequired[int | None]
    flat_amount_decimal: NotRequired[str | int | float | None]


class TrialSettingsDraft(TypedDict):
    """
    How a trial ends.
    """

    end_behavior: EndBehaviorDraft


class WebhookEndpointDraft(TypedDict):
    """
    A new endpoint. `enabled_events`: types such as `customer.created`, groups such as `customer.*`, or `*`.
    """

    url: str
    enabled_events: list[str]
    description: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class WebhookEndpointPatch(TypedDict):
    """
    Changes to an endpoint; what is absent stays as it is. `disabled` is another way to say `status`.
    """

    url: NotRequired[str]
    enabled_events: NotRequired[list[str]]
    description: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    status: NotRequired[Literal["DISABLED", "ENABLED"]]
    disabled: NotRequired[bool]
    expand: NotRequired[list[str]]


class WebhookEndpointsDeleteParams(TypedDict):
    expand: NotRequired[list[str]]


class WebhookEndpointsDeliveriesParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    status: NotRequired[Literal["CANCELED", "DELIVERED", "FAILED", "PENDING"]]
    event: NotRequired[str]
    expand: NotRequired[list[str]]


class WebhookEndpointsListParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    status: NotRequired[Literal["DISABLED", "ENABLED"]]
    expand: NotRequired[list[str]]


class WebhookEndpointsRetrieveParams(TypedDict):
    as_of: NotRequired[str]
    expand: NotRequired[list[str]]


class WebhookEndpointsSearchParams(TypedDict):
    limit: NotRequired[int]
    starting_after: NotRequired[str]
    ending_before: NotRequired[str]
    created: NotRequired[Instant | Created]
    query: str
    page: NotRequired[str]
    expand: NotRequired[list[str]]


class WebhookEndpointsTestParams(TypedDict):
    expand: NotRequired[list[str]]


class AccountPatch(TypedDict):
    """
    Changes to the account's settings; what is absent stays as it is.
    """

    name: NotRequired[str]
    default_currency: NotRequired[str]
    timezone: NotRequired[str]
    dunning: NotRequired[DunningPatch]
    invoice_prefix: NotRequired[str]
    gateway: NotRequired[GatewayPatch]
    expand: NotRequired[list[str]]


class PreviewDraft(TypedDict):
    """
    Of `subscription` its next invoice, with `subscription_details` after that change; of `customer` what waits, or with details the first invoice of a new subscription.
    """

    customer: NotRequired[str | None]
    subscription: NotRequired[str | None]
    subscription_details: NotRequired[SubscriptionDetails]
    expand: NotRequired[list[str]]


class PriceDraft(TypedDict):
    """
    A new price of `product`, or of a product made of `product_data`. What it costs can never change.
    """

    currency: str
    id: NotRequired[str | None]
    product: NotRequired[str | None]
    product_data: NotRequired[ProductData | None]
    unit_amount: NotRequired[int | None]
    unit_amount_decimal: NotRequired[str | int | float | None]
    recurring: NotRequired[RecurringDraft | None]
    billing_scheme: NotRequired[Literal["PER_UNIT", "TIERED"]]
    tiers_mode: NotRequired[Literal["GRADUATED", "VOLUME"] | None]
    tiers: NotRequired[list[TierDraft] | None]
    lookup_key: NotRequired[str | None]
    transfer_lookup_key: NotRequired[bool]
    nickname: NotRequired[str | None]
    active: NotRequired[bool]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class SubscriptionDraft(TypedDict):
    """
    A new subscription of a customer to `price`, or to several `items`.
    """

    customer: str
    price: NotRequired[str | None]
    quantity: NotRequired[int | None]
    items: NotRequired[list[ItemDraft] | None]
    payment_behavior: NotRequired[
        Literal["ALLOW_INCOMPLETE", "DEFAULT_INCOMPLETE", "ERROR_IF_INCOMPLETE", "PENDING_IF_INCOMPLETE"]
    ]
    default_payment_method: NotRequired[str | None]
    trial_period_days: NotRequired[int | None]
    trial_end: NotRequired[Instant | Literal["now"] | None]
    trial_settings: NotRequired[TrialSettingsDraft | None]
    billing_cycle_anchor: NotRequired[Instant | None]
    backdate_start_date: NotRequired[Instant | None]
    proration_behavior: NotRequired[Literal["ALWAYS_INVOICE", "CREATE_PRORATIONS", "NONE"]]
    cancel_at_period_end: NotRequired[bool]
    cancel_at: NotRequired[Instant | None]
    collection_method: NotRequired[Literal["CHARGE_AUTOMATICALLY", "SEND_INVOICE"]]
    days_until_due: NotRequired[int | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]


class SubscriptionPatch(TypedDict):
    """
    Changes to a subscription; what is absent stays as it is.
    """

    price: NotRequired[str]
    quantity: NotRequired[int]
    items: NotRequired[list[ItemDraft]]
    payment_behavior: NotRequired[
        Literal["ALLOW_INCOMPLETE", "DEFAULT_INCOMPLETE", "ERROR_IF_INCOMPLETE", "PENDING_IF_INCOMPLETE"]
    ]
    proration_behavior: NotRequired[Literal["ALWAYS_INVOICE", "CREATE_PRORATIONS", "NONE"]]
    billing_cycle_anchor: NotRequired[Literal["now", "unchanged"]]
    default_payment_method: NotRequired[str | None]
    trial_end: NotRequired[Instant | Literal["now"]]
    trial_settings: NotRequired[TrialSettingsDraft]
    cancel_at_period_end: NotRequired[bool]
    cancel_at: NotRequired[Instant | Literal[""] | None]
    collection_method: NotRequired[Literal["CHARGE_AUTOMATICALLY", "SEND_INVOICE"]]
    days_until_due: NotRequired[int | None]
    pause_collection: NotRequired[Literal[""] | PauseDraft | None]
    metadata: NotRequired[dict[str, str | int | float | bool | None] | Literal[""] | None]
    expand: NotRequired[list[str]]
