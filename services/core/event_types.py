"""The types of events that clients are told of, as they name them: one by one, in groups, or all."""

from collections.abc import Sequence

from msgspec import Struct

ALL = "*"
GROUP = ".*"


class EventTypes(Struct, frozen=True):
    """All types that there are; put together by whoever knows every capability."""

    names: Sequence[str]

    def named_by(self, pattern: str) -> list[str]:
        """The types that `customer.created`, `customer.*` or `*` names; none when there are no such."""
        if pattern == ALL:
            return list(self.names)
        if pattern.endswith(GROUP):
            return [name for name in self.names if name.startswith(pattern.removesuffix(ALL))]
        return [pattern] if pattern in self.names else []

    def named_by_any(self, patterns: Sequence[str]) -> frozenset[str]:
        """The types that at least one of these patterns names."""
        return frozenset(name for pattern in patterns for name in self.named_by(pattern))
