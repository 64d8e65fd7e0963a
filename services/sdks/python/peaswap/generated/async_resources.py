"""Resources for asyncio. Generated from the OpenAPI document by `peaswap sdks generate`; changes are lost."""

from typing import Unpack

from peaswap.generated.objects import (
    Account,
    ApiKey,
    Customer,
    CustomerAnalytics,
    Deleted,
    Delivery,
    DuplicateGroup,
    Entry,
    Erasure,
    Event,
    ExplainedAmount,
    Invoice,
    InvoiceItem,
    Line,
    Payment,
    PaymentMethod,
    Point,
    Price,
    Product,
    ProjectionStatus,
    Refund,
    Replay,
    Schedule,
    Subscription,
    TestClock,
    WebhookEndpoint,
)
from peaswap.generated.params import (
    AccountPatch,
    AccountRetrieveParams,
    Advance,
    AnalyticsListParams,
    ApiKeyDraft,
    ApiKeysListParams,
    ApiKeysRetrieveParams,
    ApiKeysRevokeParams,
    Attachment,
    Cancellation,
    Capture,
    Confirmation,
    CustomerDraft,
    CustomerPatch,
    CustomersAnalyticsExplainParams,
    CustomersAnalyticsParams,
    CustomersDeleteParams,
    CustomersDuplicatesParams,
    CustomersHistoryParams,
    CustomersListParams,
    CustomersPaymentMethodsParams,
    CustomersRetrieveParams,
    CustomersSearchParams,
    ErasureDraft,
    EventsListParams,
    EventsRetrieveParams,
    InvoiceDraft,
    InvoiceItemDraft,
    InvoiceItemsDeleteParams,
    InvoiceItemsListParams,
    InvoiceItemsRetrieveParams,
    InvoiceItemsSearchParams,
    InvoicePatch,
    InvoicesFinalizeParams,
    InvoicesLinesParams,
    InvoicesListParams,
    InvoicesMarkUncollectibleParams,
    InvoicesRetrieveParams,
    InvoicesSearchParams,
    InvoicesVoidParams,
    Pay,
    PaymentDraft,
    PaymentMethodDraft,
    PaymentMethodPatch,
    PaymentMethodsDetachParams,
    PaymentMethodsListParams,
    PaymentMethodsRetrieveParams,
    PaymentMethodsSearchParams,
    PaymentPatch,
    PaymentsCancelParams,
    PaymentSchedulesCancelParams,
    PaymentSchedulesListParams,
    PaymentSchedulesRetrieveParams,
    PaymentSchedulesSearchParams,
    PaymentsListParams,
    PaymentsRetrieveParams,
    PaymentsSearchParams,
    PreviewDraft,
    PriceDraft,
    PricePatch,
    PricesListParams,
    PricesRetrieveParams,
    PricesSearchParams,
    ProductDraft,
    ProductPatch,
    ProductsDeleteParams,
    ProductsListParams,
    ProductsRetrieveParams,
    ProductsSearchParams,
    ProjectionsListParams,
    RefundDraft,
    RefundPatch,
    RefundsFailParams,
    RefundsListParams,
    RefundsRetrieveParams,
    RefundsSearchParams,
    ReplayDraft,
    ResendDraft,
    Resumption,
    Roll,
    ScheduleDraft,
    SchedulePatch,
    SecretRoll,
    SubscriptionDraft,
    SubscriptionPatch,
    SubscriptionsListParams,
    SubscriptionsPauseParams,
    SubscriptionsRetrieveParams,
    SubscriptionsSearchParams,
    TestClockDraft,
    TestClocksDeleteParams,
    TestClocksListParams,
    TestClocksRetrieveParams,
    WebhookEndpointDraft,
    WebhookEndpointPatch,
    WebhookEndpointsDeleteParams,
    WebhookEndpointsDeliveriesParams,
    WebhookEndpointsListParams,
    WebhookEndpointsRetrieveParams,
    WebhookEndpointsSearchParams,
    WebhookEndpointsTestParams,
)
from peaswap.pages import AsyncList
from peaswap.requests import RequestOptions, filled
from peaswap.sending import SendsAsync


class AsyncAccountResource:
    """Calls under `/v1/account`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def retrieve(
        self, *, options: RequestOptions | None = None, **params: Unpack[AccountRetrieveParams]
    ) -> Account:
        """Retrieve the account."""
        return await self._client.request("GET", "/v1/account", params, options, Account)

    async def update(self, *, options: RequestOptions | None = None, **params: Unpack[AccountPatch]) -> Account:
        """Update the account."""
        return await self._client.request("PUT", "/v1/account", params, options, Account)


class AsyncAnalyticsResource:
    """Calls under `/v1/analytics`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    def list(self, *, options: RequestOptions | None = None, **params: Unpack[AnalyticsListParams]) -> AsyncList[Point]:
        """Analytics of the account over time."""
        return self._client.pages("/v1/analytics", params, options, Point)


class AsyncApiKeysResource:
    """Calls under `/v1/api_keys`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[ApiKeyDraft]) -> ApiKey:
        """Create an API key."""
        return await self._client.request("POST", "/v1/api_keys", params, options, ApiKey)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ApiKeysRetrieveParams]
    ) -> ApiKey:
        """Retrieve an API key."""
        return await self._client.request("GET", filled("/v1/api_keys/{id}", id), params, options, ApiKey)

    def list(self, *, options: RequestOptions | None = None, **params: Unpack[ApiKeysListParams]) -> AsyncList[ApiKey]:
        """List API keys."""
        return self._client.pages("/v1/api_keys", params, options, ApiKey)

    async def revoke(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ApiKeysRevokeParams]
    ) -> ApiKey:
        """Revoke an API key."""
        return await self._client.request("POST", filled("/v1/api_keys/{id}/revoke", id), params, options, ApiKey)

    async def roll(self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Roll]) -> ApiKey:
        """Roll an API key."""
        return await self._client.request("POST", filled("/v1/api_keys/{id}/roll", id), params, options, ApiKey)


class AsyncCustomersResource:
    """Calls under `/v1/customers`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[CustomerDraft]) -> Customer:
        """Create a customer."""
        return await self._client.request("POST", "/v1/customers", params, options, Customer)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[CustomersRetrieveParams]
    ) -> Customer:
        """Retrieve a customer."""
        return await self._client.request("GET", filled("/v1/customers/{id}", id), params, options, Customer)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[CustomerPatch]
    ) -> Customer:
        """Update a customer."""
        return await self._client.request("PUT", filled("/v1/customers/{id}", id), params, options, Customer)

    async def delete(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[CustomersDeleteParams]
    ) -> Deleted:
        """Delete a customer."""
        return await self._client.request("DELETE", filled("/v1/customers/{id}", id), params, options, Deleted)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[CustomersListParams]
    ) -> AsyncList[Customer]:
        """List customers."""
        return self._client.pages("/v1/customers", params, options, Customer)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[CustomersSearchParams]
    ) -> AsyncList[Customer]:
        """Search customers."""
        return self._client.pages("/v1/customers/search", params, options, Customer)

    async def analytics(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[CustomersAnalyticsParams]
    ) -> CustomerAnalytics:
        """Analytics of a customer."""
        return await self._client.request(
            "GET", filled("/v1/customers/{id}/analytics", id), params, options, CustomerAnalytics
        )

    def analytics_explain(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[CustomersAnalyticsExplainParams]
    ) -> AsyncList[ExplainedAmount]:
        """Explain a figure of a customer's analytics."""
        return self._client.pages(filled("/v1/customers/{id}/analytics/explain", id), params, options, ExplainedAmount)

    def duplicates(
        self, *, options: RequestOptions | None = None, **params: Unpack[CustomersDuplicatesParams]
    ) -> AsyncList[DuplicateGroup]:
        """List likely duplicates of customers."""
        return self._client.pages("/v1/customers/duplicates", params, options, DuplicateGroup)

    async def erase(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ErasureDraft]
    ) -> Erasure:
        """Erase a customer's personal data."""
        return await self._client.request("POST", filled("/v1/customers/{id}/erase", id), params, options, Erasure)

    def history(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[CustomersHistoryParams]
    ) -> AsyncList[Entry]:
        """History of a customer."""
        return self._client.pages(filled("/v1/customers/{id}/history", id), params, options, Entry)

    def payment_methods(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[CustomersPaymentMethodsParams]
    ) -> AsyncList[PaymentMethod]:
        """List the payment methods of a customer."""
        return self._client.pages(filled("/v1/customers/{id}/payment_methods", id), params, options, PaymentMethod)


class AsyncEventsResource:
    """Calls under `/v1/events`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[EventsRetrieveParams]
    ) -> Event:
        """Retrieve an event."""
        return await self._client.request("GET", filled("/v1/events/{id}", id), params, options, Event)

    def list(self, *, options: RequestOptions | None = None, **params: Unpack[EventsListParams]) -> AsyncList[Event]:
        """List events."""
        return self._client.pages("/v1/events", params, options, Event)

    async def resend(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ResendDraft]
    ) -> Delivery:
        """Send an event again."""
        return await self._client.request("POST", filled("/v1/events/{id}/resend", id), params, options, Delivery)


class AsyncInvoiceItemsResource:
    """Calls under `/v1/invoice_items`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[InvoiceItemDraft]) -> InvoiceItem:
        """Create an invoice item."""
        return await self._client.request("POST", "/v1/invoice_items", params, options, InvoiceItem)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoiceItemsRetrieveParams]
    ) -> InvoiceItem:
        """Retrieve an invoice item."""
        return await self._client.request("GET", filled("/v1/invoice_items/{id}", id), params, options, InvoiceItem)

    async def delete(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoiceItemsDeleteParams]
    ) -> Deleted:
        """Delete an invoice item."""
        return await self._client.request("DELETE", filled("/v1/invoice_items/{id}", id), params, options, Deleted)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[InvoiceItemsListParams]
    ) -> AsyncList[InvoiceItem]:
        """List invoice items."""
        return self._client.pages("/v1/invoice_items", params, options, InvoiceItem)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[InvoiceItemsSearchParams]
    ) -> AsyncList[InvoiceItem]:
        """Search invoice items."""
        return self._client.pages("/v1/invoice_items/search", params, options, InvoiceItem)


class AsyncInvoicesResource:
    """Calls under `/v1/invoices`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[InvoiceDraft]) -> Invoice:
        """Create an invoice."""
        return await self._client.request("POST", "/v1/invoices", params, options, Invoice)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoicesRetrieveParams]
    ) -> Invoice:
        """Retrieve an invoice."""
        return await self._client.request("GET", filled("/v1/invoices/{id}", id), params, options, Invoice)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoicePatch]
    ) -> Invoice:
        """Update an invoice."""
        return await self._client.request("PUT", filled("/v1/invoices/{id}", id), params, options, Invoice)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[InvoicesListParams]
    ) -> AsyncList[Invoice]:
        """List invoices."""
        return self._client.pages("/v1/invoices", params, options, Invoice)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[InvoicesSearchParams]
    ) -> AsyncList[Invoice]:
        """Search invoices."""
        return self._client.pages("/v1/invoices/search", params, options, Invoice)

    async def create_preview(self, *, options: RequestOptions | None = None, **params: Unpack[PreviewDraft]) -> Invoice:
        """Preview an invoice."""
        return await self._client.request("POST", "/v1/invoices/create_preview", params, options, Invoice)

    async def finalize(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoicesFinalizeParams]
    ) -> Invoice:
        """Finalize an invoice."""
        return await self._client.request("POST", filled("/v1/invoices/{id}/finalize", id), params, options, Invoice)

    def lines(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoicesLinesParams]
    ) -> AsyncList[Line]:
        """List the lines of an invoice."""
        return self._client.pages(filled("/v1/invoices/{id}/lines", id), params, options, Line)

    async def mark_uncollectible(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoicesMarkUncollectibleParams]
    ) -> Invoice:
        """Write an invoice off."""
        return await self._client.request(
            "POST", filled("/v1/invoices/{id}/mark_uncollectible", id), params, options, Invoice
        )

    async def pay(self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Pay]) -> Invoice:
        """Pay an invoice."""
        return await self._client.request("POST", filled("/v1/invoices/{id}/pay", id), params, options, Invoice)

    async def void(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[InvoicesVoidParams]
    ) -> Invoice:
        """Void an invoice."""
        return await self._client.request("POST", filled("/v1/invoices/{id}/void", id), params, options, Invoice)


class AsyncPaymentMethodsResource:
    """Calls under `/v1/payment_methods`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[PaymentMethodDraft]
    ) -> PaymentMethod:
        """Create a payment method."""
        return await self._client.request("POST", "/v1/payment_methods", params, options, PaymentMethod)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentMethodsRetrieveParams]
    ) -> PaymentMethod:
        """Retrieve a payment method."""
        return await self._client.request("GET", filled("/v1/payment_methods/{id}", id), params, options, PaymentMethod)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentMethodPatch]
    ) -> PaymentMethod:
        """Update a payment method."""
        return await self._client.request("PUT", filled("/v1/payment_methods/{id}", id), params, options, PaymentMethod)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[PaymentMethodsListParams]
    ) -> AsyncList[PaymentMethod]:
        """List payment methods."""
        return self._client.pages("/v1/payment_methods", params, options, PaymentMethod)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[PaymentMethodsSearchParams]
    ) -> AsyncList[PaymentMethod]:
        """Search payment methods."""
        return self._client.pages("/v1/payment_methods/search", params, options, PaymentMethod)

    async def attach(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Attachment]
    ) -> PaymentMethod:
        """Attach a payment method to a customer."""
        return await self._client.request(
            "POST", filled("/v1/payment_methods/{id}/attach", id), params, options, PaymentMethod
        )

    async def detach(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentMethodsDetachParams]
    ) -> PaymentMethod:
        """Detach a payment method from its customer."""
        return await self._client.request(
            "POST", filled("/v1/payment_methods/{id}/detach", id), params, options, PaymentMethod
        )


class AsyncPaymentSchedulesResource:
    """Calls under `/v1/payment_schedules`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[ScheduleDraft]) -> Schedule:
        """Create a payment schedule."""
        return await self._client.request("POST", "/v1/payment_schedules", params, options, Schedule)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentSchedulesRetrieveParams]
    ) -> Schedule:
        """Retrieve a payment schedule."""
        return await self._client.request("GET", filled("/v1/payment_schedules/{id}", id), params, options, Schedule)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[SchedulePatch]
    ) -> Schedule:
        """Update a payment schedule."""
        return await self._client.request("PUT", filled("/v1/payment_schedules/{id}", id), params, options, Schedule)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[PaymentSchedulesListParams]
    ) -> AsyncList[Schedule]:
        """List payment schedules."""
        return self._client.pages("/v1/payment_schedules", params, options, Schedule)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[PaymentSchedulesSearchParams]
    ) -> AsyncList[Schedule]:
        """Search payment schedules."""
        return self._client.pages("/v1/payment_schedules/search", params, options, Schedule)

    async def cancel(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentSchedulesCancelParams]
    ) -> Schedule:
        """Cancel a payment schedule."""
        return await self._client.request(
            "POST", filled("/v1/payment_schedules/{id}/cancel", id), params, options, Schedule
        )


class AsyncPaymentsResource:
    """Calls under `/v1/payments`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[PaymentDraft]) -> Payment:
        """Create a payment."""
        return await self._client.request("POST", "/v1/payments", params, options, Payment)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentsRetrieveParams]
    ) -> Payment:
        """Retrieve a payment."""
        return await self._client.request("GET", filled("/v1/payments/{id}", id), params, options, Payment)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentPatch]
    ) -> Payment:
        """Update a payment."""
        return await self._client.request("PUT", filled("/v1/payments/{id}", id), params, options, Payment)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[PaymentsListParams]
    ) -> AsyncList[Payment]:
        """List payments."""
        return self._client.pages("/v1/payments", params, options, Payment)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[PaymentsSearchParams]
    ) -> AsyncList[Payment]:
        """Search payments."""
        return self._client.pages("/v1/payments/search", params, options, Payment)

    async def cancel(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PaymentsCancelParams]
    ) -> Payment:
        """Cancel a payment."""
        return await self._client.request("POST", filled("/v1/payments/{id}/cancel", id), params, options, Payment)

    async def capture(self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Capture]) -> Payment:
        """Capture an authorized payment."""
        return await self._client.request("POST", filled("/v1/payments/{id}/capture", id), params, options, Payment)

    async def confirm(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Confirmation]
    ) -> Payment:
        """Confirm a payment."""
        return await self._client.request("POST", filled("/v1/payments/{id}/confirm", id), params, options, Payment)


class AsyncPricesResource:
    """Calls under `/v1/prices`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[PriceDraft]) -> Price:
        """Create a price."""
        return await self._client.request("POST", "/v1/prices", params, options, Price)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PricesRetrieveParams]
    ) -> Price:
        """Retrieve a price."""
        return await self._client.request("GET", filled("/v1/prices/{id}", id), params, options, Price)

    async def update(self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[PricePatch]) -> Price:
        """Update a price."""
        return await self._client.request("PUT", filled("/v1/prices/{id}", id), params, options, Price)

    def list(self, *, options: RequestOptions | None = None, **params: Unpack[PricesListParams]) -> AsyncList[Price]:
        """List prices."""
        return self._client.pages("/v1/prices", params, options, Price)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[PricesSearchParams]
    ) -> AsyncList[Price]:
        """Search prices."""
        return self._client.pages("/v1/prices/search", params, options, Price)


class AsyncProductsResource:
    """Calls under `/v1/products`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[ProductDraft]) -> Product:
        """Create a product."""
        return await self._client.request("POST", "/v1/products", params, options, Product)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ProductsRetrieveParams]
    ) -> Product:
        """Retrieve a product."""
        return await self._client.request("GET", filled("/v1/products/{id}", id), params, options, Product)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ProductPatch]
    ) -> Product:
        """Update a product."""
        return await self._client.request("PUT", filled("/v1/products/{id}", id), params, options, Product)

    async def delete(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ProductsDeleteParams]
    ) -> Deleted:
        """Delete a product without prices."""
        return await self._client.request("DELETE", filled("/v1/products/{id}", id), params, options, Deleted)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[ProductsListParams]
    ) -> AsyncList[Product]:
        """List products."""
        return self._client.pages("/v1/products", params, options, Product)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[ProductsSearchParams]
    ) -> AsyncList[Product]:
        """Search products."""
        return self._client.pages("/v1/products/search", params, options, Product)


class AsyncRefundsResource:
    """Calls under `/v1/refunds`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[RefundDraft]) -> Refund:
        """Create a refund."""
        return await self._client.request("POST", "/v1/refunds", params, options, Refund)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[RefundsRetrieveParams]
    ) -> Refund:
        """Retrieve a refund."""
        return await self._client.request("GET", filled("/v1/refunds/{id}", id), params, options, Refund)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[RefundPatch]
    ) -> Refund:
        """Update a refund."""
        return await self._client.request("PUT", filled("/v1/refunds/{id}", id), params, options, Refund)

    def list(self, *, options: RequestOptions | None = None, **params: Unpack[RefundsListParams]) -> AsyncList[Refund]:
        """List refunds."""
        return self._client.pages("/v1/refunds", params, options, Refund)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[RefundsSearchParams]
    ) -> AsyncList[Refund]:
        """Search refunds."""
        return self._client.pages("/v1/refunds/search", params, options, Refund)


class AsyncSubscriptionsResource:
    """Calls under `/v1/subscriptions`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[SubscriptionDraft]
    ) -> Subscription:
        """Create a subscription."""
        return await self._client.request("POST", "/v1/subscriptions", params, options, Subscription)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[SubscriptionsRetrieveParams]
    ) -> Subscription:
        """Retrieve a subscription."""
        return await self._client.request("GET", filled("/v1/subscriptions/{id}", id), params, options, Subscription)

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[SubscriptionPatch]
    ) -> Subscription:
        """Update a subscription."""
        return await self._client.request("PUT", filled("/v1/subscriptions/{id}", id), params, options, Subscription)

    async def delete(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Cancellation]
    ) -> Subscription:
        """Cancel a subscription."""
        return await self._client.request("DELETE", filled("/v1/subscriptions/{id}", id), params, options, Subscription)

    async def cancel(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Cancellation]
    ) -> Subscription:
        """Cancel a subscription."""
        return await self._client.request("DELETE", filled("/v1/subscriptions/{id}", id), params, options, Subscription)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[SubscriptionsListParams]
    ) -> AsyncList[Subscription]:
        """List subscriptions."""
        return self._client.pages("/v1/subscriptions", params, options, Subscription)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[SubscriptionsSearchParams]
    ) -> AsyncList[Subscription]:
        """Search subscriptions."""
        return self._client.pages("/v1/subscriptions/search", params, options, Subscription)

    async def pause(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[SubscriptionsPauseParams]
    ) -> Subscription:
        """Pause a subscription."""
        return await self._client.request(
            "POST", filled("/v1/subscriptions/{id}/pause", id), params, options, Subscription
        )

    async def resume(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Resumption]
    ) -> Subscription:
        """Resume a subscription."""
        return await self._client.request(
            "POST", filled("/v1/subscriptions/{id}/resume", id), params, options, Subscription
        )


class AsyncSystemProjectionsResource:
    """Calls under `/v1/system/projections`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[ProjectionsListParams]
    ) -> AsyncList[ProjectionStatus]:
        """Where each read model stands."""
        return self._client.pages("/v1/system/projections", params, options, ProjectionStatus)


class AsyncTestHelpersRefundsResource:
    """Calls under `/v1/test_helpers/refunds`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def fail(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[RefundsFailParams]
    ) -> Refund:
        """Make a refund fail that had succeeded."""
        return await self._client.request(
            "POST", filled("/v1/test_helpers/refunds/{id}/fail", id), params, options, Refund
        )


class AsyncTestHelpersTestClocksResource:
    """Calls under `/v1/test_helpers/test_clocks`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[TestClockDraft]) -> TestClock:
        """Create a test clock."""
        return await self._client.request("POST", "/v1/test_helpers/test_clocks", params, options, TestClock)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[TestClocksRetrieveParams]
    ) -> TestClock:
        """Retrieve a test clock."""
        return await self._client.request(
            "GET", filled("/v1/test_helpers/test_clocks/{id}", id), params, options, TestClock
        )

    async def delete(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[TestClocksDeleteParams]
    ) -> Deleted:
        """Delete a test clock."""
        return await self._client.request(
            "DELETE", filled("/v1/test_helpers/test_clocks/{id}", id), params, options, Deleted
        )

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[TestClocksListParams]
    ) -> AsyncList[TestClock]:
        """List test clocks."""
        return self._client.pages("/v1/test_helpers/test_clocks", params, options, TestClock)

    async def advance(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[Advance]
    ) -> TestClock:
        """Advance a test clock."""
        return await self._client.request(
            "POST", filled("/v1/test_helpers/test_clocks/{id}/advance", id), params, options, TestClock
        )


class AsyncWebhookEndpointsResource:
    """Calls under `/v1/webhook_endpoints`."""

    def __init__(self, client: SendsAsync) -> None:
        self._client = client

    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointDraft]
    ) -> WebhookEndpoint:
        """Create a webhook endpoint."""
        return await self._client.request("POST", "/v1/webhook_endpoints", params, options, WebhookEndpoint)

    async def retrieve(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointsRetrieveParams]
    ) -> WebhookEndpoint:
        """Retrieve a webhook endpoint."""
        return await self._client.request(
            "GET", filled("/v1/webhook_endpoints/{id}", id), params, options, WebhookEndpoint
        )

    async def update(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointPatch]
    ) -> WebhookEndpoint:
        """Update a webhook endpoint."""
        return await self._client.request(
            "PUT", filled("/v1/webhook_endpoints/{id}", id), params, options, WebhookEndpoint
        )

    async def delete(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointsDeleteParams]
    ) -> Deleted:
        """Delete a webhook endpoint."""
        return await self._client.request("DELETE", filled("/v1/webhook_endpoints/{id}", id), params, options, Deleted)

    def list(
        self, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointsListParams]
    ) -> AsyncList[WebhookEndpoint]:
        """List webhook endpoints."""
        return self._client.pages("/v1/webhook_endpoints", params, options, WebhookEndpoint)

    def search(
        self, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointsSearchParams]
    ) -> AsyncList[WebhookEndpoint]:
        """Search webhook endpoints."""
        return self._client.pages("/v1/webhook_endpoints/search", params, options, WebhookEndpoint)

    def deliveries(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointsDeliveriesParams]
    ) -> AsyncList[Delivery]:
        """List what was sent to a webhook endpoint."""
        return self._client.pages(filled("/v1/webhook_endpoints/{id}/deliveries", id), params, options, Delivery)

    async def replay(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[ReplayDraft]
    ) -> Replay:
        """Send a webhook endpoint earlier events again."""
        return await self._client.request(
            "POST", filled("/v1/webhook_endpoints/{id}/replay", id), params, options, Replay
        )

    async def roll_secret(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[SecretRoll]
    ) -> WebhookEndpoint:
        """Roll the secret of a webhook endpoint."""
        return await self._client.request(
            "POST", filled("/v1/webhook_endpoints/{id}/roll_secret", id), params, options, WebhookEndpoint
        )

    async def test(
        self, id: str, /, *, options: RequestOptions | None = None, **params: Unpack[WebhookEndpointsTestParams]
    ) -> Delivery:
        """Send a test event to a webhook endpoint."""
        return await self._client.request(
            "POST", filled("/v1/webhook_endpoints/{id}/test", id), params, options, Delivery
        )


class AsyncSystemResource:
    """Resources under `system`."""

    def __init__(self, client: SendsAsync) -> None:
        self.projections = AsyncSystemProjectionsResource(client)


class AsyncTestHelpersResource:
    """Resources under `test_helpers`."""

    def __init__(self, client: SendsAsync) -> None:
        self.refunds = AsyncTestHelpersRefundsResource(client)
        self.test_clocks = AsyncTestHelpersTestClocksResource(client)


class AsyncResources:
    """All resources, as attributes."""

    def __init__(self, client: SendsAsync) -> None:
        self.account = AsyncAccountResource(client)
        self.analytics = AsyncAnalyticsResource(client)
        self.api_keys = AsyncApiKeysResource(client)
        self.customers = AsyncCustomersResource(client)
        self.events = AsyncEventsResource(client)
        self.invoice_items = AsyncInvoiceItemsResource(client)
        self.invoices = AsyncInvoicesResource(client)
        self.payment_methods = AsyncPaymentMethodsResource(client)
        self.payment_schedules = AsyncPaymentSchedulesResource(client)
        self.payments = AsyncPaymentsResource(client)
        self.prices = AsyncPricesResource(client)
        self.products = AsyncProductsResource(client)
        self.refunds = AsyncRefundsResource(client)
        self.subscriptions = AsyncSubscriptionsResource(client)
        self.system = AsyncSystemResource(client)
        self.test_helpers = AsyncTestHelpersResource(client)
        self.webhook_endpoints = AsyncWebhookEndpointsResource(client)
