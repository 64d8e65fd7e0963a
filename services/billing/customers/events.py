"""What is remembered of a customer, for ever. Fields are only ever added, with defaults."""

from msgspec import UNSET, Struct, UnsetType

from services.core.event import Event, EventCodec, Personal, Published


class Address(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A postal address; any part may be missing."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class CustomerCreated(Event, frozen=True, kw_only=True, tag="customer.created"):
    """A customer exists. `timezone` is the zone in which it is billed."""

    id: str
    name: Personal[str]
    email: Personal[str]
    phone: Personal[str | None] = None
    description: Personal[str | None] = None
    address: Personal[Address | None] = None
    metadata: Personal[dict[str, str]] = {}
    timezone: str = "UTC"
    default_payment_method: str | None = None
    test_clock: str | None = None


class CustomerChanges(Struct, frozen=True, kw_only=True):
    """New values of fields; unset ones did not change."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    default_payment_method: str | UnsetType | None = UNSET


class CustomerUpdated(Event, frozen=True, kw_only=True, tag="customer.updated"):
    """Fields took new values; unset ones did not change. `metadata` is the whole map after the change."""

    name: Personal[str | UnsetType] = UNSET
    email: Personal[str | UnsetType] = UNSET
    phone: Personal[str | UnsetType | None] = UNSET
    description: Personal[str | UnsetType | None] = UNSET
    address: Personal[Address | UnsetType | None] = UNSET
    metadata: Personal[dict[str, str] | UnsetType] = UNSET
    timezone: str | UnsetType = UNSET
    default_payment_method: str | UnsetType | None = UNSET


class CustomerCurrencyFixed(Event, frozen=True, kw_only=True, tag="customer.currency_fixed"):
    """The customer's first payment or invoice was in this currency."""

    currency: str


class CustomerBalanceChanged(Event, frozen=True, kw_only=True, tag="customer.balance_changed"):
    """The balance moved by `change` minor units of `currency` to `balance`; below zero it is credit. `invoice` used or
    gave it."""

    change: int
    balance: int
    currency: str
    invoice: str


class CustomerDelinquencyChanged(Event, frozen=True, kw_only=True, tag="customer.delinquency_changed"):
    """An invoice was not paid when it should have been, or has been paid since."""

    delinquent: bool


class CustomerDeleted(Event, frozen=True, kw_only=True, tag="customer.deleted"):
    """The customer can be read at earlier moments, but no longer changed or charged."""


class CustomerErased(Event, frozen=True, kw_only=True, tag="customer.erased"):
    """What is personal of the customer can be read by nobody any more: the data keys of these `subjects` were
    destroyed together with this event."""

    subjects: tuple[str, ...]


CustomerEvent = (
    CustomerCreated
    | CustomerUpdated
    | CustomerCurrencyFixed
    | CustomerBalanceChanged
    | CustomerDelinquencyChanged
    | CustomerDeleted
    | CustomerErased
)
EVENTS = EventCodec(
    CustomerCreated,
    CustomerUpdated,
    CustomerCurrencyFixed,
    CustomerBalanceChanged,
    CustomerDelinquencyChanged,
    CustomerDeleted,
    CustomerErased,
)
PUBLISHED: Published = {
    CustomerCreated: ("customer.created",),
    CustomerUpdated: ("customer.updated",),
    CustomerCurrencyFixed: ("customer.updated",),
    CustomerBalanceChanged: ("customer.updated",),
    CustomerDelinquencyChanged: ("customer.updated",),
    CustomerDeleted: ("customer.deleted",),
    CustomerErased: ("customer.erased",),
}
