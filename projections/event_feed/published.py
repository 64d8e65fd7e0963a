"""Under which types clients are told of the events of the log: what the capabilities declare, put together."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from services.billing.registry import CAPABILITIES
from services.core.event import EventCodec

# Whoever reads whole positions gets at most this many types of one event at once.
PLACES_MAX = 8


def _tags(codec: EventCodec) -> Mapping[type, str]:
    return {event: tag for tag, event in codec.by_tag.items()}


BY_TAG: Mapping[str, tuple[str, ...]] = {
    _tags(each.decider.events)[event]: types
    for each in CAPABILITIES
    for event, types in each.published.items()
    if types
}
TYPES: tuple[str, ...] = tuple(sorted({type for types in BY_TAG.values() for type in types}))


def matching(patterns: Iterable[str]) -> list[str]:
    """The types that these patterns name: a type itself, `customer.*`, or `*`."""
    wanted = list(patterns)
    return [type for type in TYPES if any(fnmatchcase(type, pattern) for pattern in wanted)]
