"""What can be asked of a product."""

from msgspec import UNSET, Struct, UnsetType

from services.core.fields import MetadataPatch


class CreateProduct(Struct, frozen=True, kw_only=True):
    """`id` may be chosen by the client."""

    id: str
    name: str
    description: str | None = None
    active: bool = True
    metadata: dict[str, str] = {}


class UpdateProduct(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is; metadata is merged when the command is decided."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    metadata: MetadataPatch = UNSET


class DeleteProduct(Struct, frozen=True):
    """Only a product without prices can go."""


ProductCommand = CreateProduct | UpdateProduct | DeleteProduct
