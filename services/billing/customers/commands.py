"""What can be asked of a customer."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.customers.events import Address, CustomerChanges
from services.core.fields import MetadataPatch, ShortText


class AddressPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A postal address laid over another: parts that are absent stay as they are, null or "" clears one."""

    line1: ShortText | UnsetType | None = UNSET
    line2: ShortText | UnsetType | None = UNSET
    city: ShortText | UnsetType | None = UNSET
    state: ShortText | UnsetType | None = UNSET
    postal_code: Annotated[str, Meta(max_length=32)] | UnsetType | None = UNSET
    country: ShortText | UnsetType | None = UNSET


class CreateCustomer(Struct, frozen=True, kw_only=True):
    """All fields are checked already; `currency` and `balance` are never given by clients."""

    id: str
    name: str
    email: str
    phone: str | None = None
    description: str | None = None
    address: Address | None = None
    metadata: dict[str, str] = {}
    timezone: str = "UTC"
    default_payment_method: str | None = None
    test_clock: str | None = None


class UpdateCustomer(Struct, frozen=True):
    """Lays `changes` over the customer; what is unset stays as it is.

    Metadata and address are merged when the command is decided, not before: two clients that each set
    another key at the same time both succeed.
    """

    changes: CustomerChanges = CustomerChanges()
    metadata: MetadataPatch = UNSET
    address: AddressPatch | UnsetType | None = UNSET


class FixCurrency(Struct, frozen=True):
    """The first payment or invoice decides the customer's currency; later ones change nothing."""

    currency: str


class BillCustomer(Struct, frozen=True):
    """An invoice in this currency moves the balance by `change`."""

    currency: str
    change: int
    invoice: str


class ReturnCredit(Struct, frozen=True):
    """These invoices are void by what ends for the customer: the balance is as it was before them."""

    bills: Sequence[BillCustomer]


class DeleteCustomer(Struct, frozen=True):
    """Past payments, invoices and history stay readable. `returned` is what comes back by what ends with it."""

    returned: Sequence[BillCustomer] = ()


class EraseCustomer(Struct, frozen=True):
    """Deletes the customer, where it is not, and destroys the data keys of these `subjects`, itself among them."""

    subjects: Sequence[str]
    returned: Sequence[BillCustomer] = ()


class MarkDelinquent(Struct, frozen=True):
    """Whether the last invoice that should have been paid was not."""

    delinquent: bool


class ForgetPaymentMethod(Struct, frozen=True):
    """This method was detached: if it is the default one, there is none any more."""

    payment_method: str


CustomerCommand = (
    CreateCustomer
    | UpdateCustomer
    | DeleteCustomer
    | EraseCustomer
    | FixCurrency
    | BillCustomer
    | ReturnCredit
    | MarkDelinquent
    | ForgetPaymentMethod
)
