"""What can be asked of a price."""

from msgspec import UNSET, Struct, UnsetType

from services.billing.prices.terms import Terms
from services.core.fields import MetadataPatch


class CreatePrice(Struct, frozen=True, kw_only=True):
    """`id` may be chosen by the client; `lookup_key` is a second name, of one price at a time."""

    id: str
    terms: Terms
    active: bool = True
    lookup_key: str | None = None
    metadata: dict[str, str] = {}


class UpdatePrice(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is; metadata is merged when the command is decided."""

    nickname: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    lookup_key: str | UnsetType | None = UNSET
    metadata: MetadataPatch = UNSET


class LetGoLookupKey(Struct, frozen=True):
    """Another price takes this lookup key over."""

    lookup_key: str


PriceCommand = CreatePrice | UpdatePrice | LetGoLookupKey
