"""What can be asked of a payment schedule."""

from msgspec import UNSET, Struct, UnsetType

from services.billing.payment_schedules.events import Planned, Turn
from services.core.fields import MetadataPatch


class CreateSchedule(Struct, frozen=True, kw_only=True):
    """Amounts and dates are computed already, oldest first."""

    id: str
    customer: str
    currency: str
    planned: tuple[Planned, ...]
    payment_method: str | None = None
    texts: dict[str, str] = {}
    metadata: dict[str, str] = {}
    test_clock: str | None = None


class UpdateSchedule(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is."""

    payment_method: str | UnsetType | None = UNSET
    metadata: MetadataPatch = UNSET


class StartPlanned(Struct, frozen=True, kw_only=True):
    """The planned payment's turn: its payment starts, or (`payment` None) there is no method to charge. `retry_days`
    are counted from the first failure."""

    index: int
    turn: Turn
    payment: str | None
    payment_method: str | None
    retry_days: tuple[int, ...] = ()


class RecordMade(Struct, frozen=True):
    """The payment under way succeeded."""

    payment: str


class RecordNotMade(Struct, frozen=True, kw_only=True):
    """The payment under way was declined; `hard`: this method will never work."""

    payment: str
    payment_method: str
    code: str
    message: str
    hard: bool
    retry_days: tuple[int, ...] = ()


class CancelSchedule(Struct, frozen=True):
    """Nothing more is to be charged."""


ScheduleCommand = CreateSchedule | UpdateSchedule | StartPlanned | RecordMade | RecordNotMade | CancelSchedule
