"""Objects of the API: their fields are attributes."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast


class Object:
    """An object as the server answered it: `customer.email`, or `customer["email"]`.

    Its class declares the fields that this version of the library knows; new ones are there all the same. Where
    `expand` put an object in place of an id, the attribute is that object.
    """

    __slots__ = ("_data", "_headers")

    # Name on the wire -> class; and the fields that are maps of the client's own keys.
    known: ClassVar[dict[str, type["Object"]]] = {}
    maps: ClassVar[set[str]] = set()

    def __init__(self, data: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self._data = data
        self._headers = headers

    @classmethod
    def of(cls, data: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Self:
        """The object in an answer, of its own class whatever that of the caller."""
        whole = data.get("deleted") is not True
        kind = Object.known.get(str(data.get("object")), cls) if whole else cls
        return cast(Self, kind(data, headers))

    @property
    def last_headers(self) -> Mapping[str, str]:
        """The headers of the answer that this object came in; none for one inside another."""
        return self._headers or {}

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values."""
        return dict(self._data)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        for field in (name, name.removesuffix("_")):
            if field in self._data:
                return _wrapped(field, self._data[field])
        raise AttributeError(f"{type(self).__name__} has no field {name!r}")

    def __getitem__(self, name: str) -> Any:
        return _wrapped(name, self._data[name])

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and self._data == other._data

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._data!r})"


def _wrapped(field: str, value: Any) -> Any:
    if isinstance(value, dict):
        return value if field in Object.maps else Object.of(cast(dict[str, Any], value))  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_wrapped(field, each) for each in cast(list[Any], value)]
    return value
