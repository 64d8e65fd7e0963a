"""Wire objects: how states become answers."""

import msgspec
from msgspec import Struct

from services.core.step import Answer

# Which form of the API's objects this is.
API_VERSION = "1"

encode = msgspec.json.Encoder().encode


class DeletedObject(Struct, frozen=True):
    """What DELETE answers."""

    id: str
    object: str
    deleted: bool = True


def ok(view: Struct) -> Answer:
    """A 200 with this object."""
    return Answer(200, encode(view))
