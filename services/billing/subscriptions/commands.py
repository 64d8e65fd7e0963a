"""What can be asked of a subscription."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from services.billing.accounts.events import DunningEnd
from services.billing.invoices.events import CollectionMethod
from services.billing.invoices.lines import Line
from services.billing.subscriptions.events import (
    CollectionPause,
    DropReason,
    EndReason,
    InitialStatus,
    Item,
    MissingMethod,
    PaymentBehavior,
)
from services.core.fields import MetadataPatch
from services.core.period import Period


class CreateSubscription(Struct, frozen=True, kw_only=True):
    """All fields are checked already; `invoice` bills the first period."""

    id: str
    customer: str
    currency: str
    zone: str
    items: tuple[Item, ...]
    status: InitialStatus
    start_at: datetime
    anchor_at: datetime
    period: Period
    payment_behavior: PaymentBehavior
    collection_method: CollectionMethod
    days_until_due: int | None = None
    trial_end_at: datetime | None = None
    missing_method: MissingMethod = "CREATE_INVOICE"
    default_payment_method: str | None = None
    cancel_at_period_end: bool = False
    cancel_at: datetime | None = None
    invoice: str | None = None
    metadata: dict[str, str] = {}
    test_clock: str | None = None


class UpdateSubscription(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is; metadata is merged when the command is decided."""

    default_payment_method: str | UnsetType | None = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    days_until_due: int | UnsetType | None = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    cancel_at: datetime | UnsetType | None = UNSET
    trial_end_at: datetime | UnsetType | None = UNSET
    missing_method: MissingMethod | UnsetType = UNSET
    collection_pause: CollectionPause | UnsetType | None = UNSET
    collection_resumes_at: datetime | UnsetType | None = UNSET
    metadata: MetadataPatch = UNSET


class ChangeItems(Struct, frozen=True, kw_only=True):
    """Other items, and what else the client changes with them. `pending` are all lines that wait after the change;
    `owes` says that `invoice` waits for somebody to pay it."""

    items: tuple[Item, ...]
    pending: tuple[Line, ...]
    anchor_at: datetime | None = None
    period: Period | None = None
    invoice: str | None = None
    owes: bool = False
    changes: UpdateSubscription = UpdateSubscription()


Change = ChangeItems | UpdateSubscription


class AwaitPayment(Struct, frozen=True, kw_only=True):
    """The change is to be made once its invoice is paid; with `required` only if the first payment succeeds."""

    change: ChangeItems
    invoice: str
    expires_at: datetime
    required: bool


class DropChange(Struct, frozen=True):
    """The change that waits for this invoice is not to be made."""

    invoice: str
    reason: DropReason


class Renew(Struct, frozen=True, kw_only=True):
    """The period that ends at `ended_at` is followed by `period`; `change` is what the client changes with it."""

    ended_at: datetime
    period: Period
    invoice: str | None
    anchor_at: datetime | None = None
    change: Change = UpdateSubscription()


class RecordInvoicePaid(Struct, frozen=True):
    """This invoice is paid."""

    invoice: str


class RecordInvoiceUnpaid(Struct, frozen=True):
    """This invoice was not paid; with `exhausted` no attempt is left, and `end` says what then happens."""

    invoice: str
    exhausted: bool
    end: DunningEnd


class ForgetInvoice(Struct, frozen=True):
    """This invoice is void: nothing is owed for it."""

    invoice: str


class Pause(Struct, frozen=True):
    """Bill nothing until it is resumed; `change` comes first."""

    change: Change = UpdateSubscription()


class Resume(Struct, frozen=True, kw_only=True):
    """Bill again: from now on with a new anchor, or by the old boundaries."""

    period: Period | None = None
    anchor_at: datetime | None = None
    invoice: str | None = None


class NoteTrialWillEnd(Struct, frozen=True):
    """The trial ends soon."""


class NoteRenewalUpcoming(Struct, frozen=True):
    """The next invoice comes soon."""


class Expire(Struct, frozen=True):
    """The first invoice was not paid in time."""


class Withdraw(Struct, frozen=True):
    """The first payment was declined, and without it nothing was to be made."""


class Cancel(Struct, frozen=True):
    """It ends now; `invoice` bills what waited. `change` comes first."""

    reason: EndReason
    invoice: str | None = None
    change: Change = UpdateSubscription()


SubscriptionCommand = (
    CreateSubscription
    | UpdateSubscription
    | ChangeItems
    | AwaitPayment
    | DropChange
    | Renew
    | RecordInvoicePaid
    | RecordInvoiceUnpaid
    | ForgetInvoice
    | Pause
    | Resume
    | NoteTrialWillEnd
    | NoteRenewalUpcoming
    | Expire
    | Withdraw
    | Cancel
)
