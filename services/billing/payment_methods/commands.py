"""What can be asked of a payment method."""

from msgspec import UNSET, Struct, UnsetType

from services.billing.payment_methods.events import BillingDetails
from services.core.fields import MetadataPatch, ShortText
from services.gateways.gateway import MethodDetails


class CreatePaymentMethod(Struct, frozen=True, kw_only=True):
    """`details` are what the gateway says of the token; with `customer` it is attached at once."""

    id: str
    gateway: str
    details: MethodDetails
    customer: str | None = None
    billing_details: BillingDetails | None = None
    metadata: dict[str, str] = {}


class BillingPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Billing details laid over others: parts that are absent stay as they are, null or "" clears one."""

    name: ShortText | UnsetType | None = UNSET
    email: ShortText | UnsetType | None = UNSET
    phone: ShortText | UnsetType | None = UNSET


class UpdatePaymentMethod(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is; metadata and billing details are merged when the command is decided."""

    exp_month: int | UnsetType = UNSET
    exp_year: int | UnsetType = UNSET
    billing_details: BillingPatch | UnsetType | None = UNSET
    metadata: MetadataPatch = UNSET


class AttachPaymentMethod(Struct, frozen=True):
    """Makes it one of the customer's; `token` is what the gateway gave when it saved the method."""

    customer: str
    token: str | None = None


class DetachPaymentMethod(Struct, frozen=True):
    """Takes it from its customer, for good."""


class UsePaymentMethod(Struct, frozen=True):
    """A payment of this customer is to be made by it, although nobody has it."""

    customer: str


class ErasePaymentMethod(Struct, frozen=True):
    """Its customer is erased: nobody has it any more, and what is personal of it is unreadable."""


PaymentMethodCommand = (
    CreatePaymentMethod
    | UpdatePaymentMethod
    | AttachPaymentMethod
    | DetachPaymentMethod
    | UsePaymentMethod
    | ErasePaymentMethod
)
