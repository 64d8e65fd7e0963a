"""Folding facts onto the states that a read model keeps."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from eventstore.pool import Connection
from services.billing.registry import BY_CATEGORY
from services.core.capability import Capability
from services.core.event import Fact

ObjectKey = tuple[int, int, str, str]
# A fact with the key of the object that it is about.
Keyed = tuple[ObjectKey, Fact]

encode = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A state as the read model has it, and the version of the stream that it reflects."""

    version: int
    state: Any


_NEW = Kept(0, None)

STATES = """
select kept.shard, kept.tenant, kept.category, kept.id, kept.version, kept.state
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[]) as wanted(shard, tenant, category, id)
  join {table} kept
 using (shard, tenant, category, id)
"""


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as the arrays that `unnest` wants; there must be at least one."""
    return [list(column) for column in zip(*rows, strict=True)]


async def kept_states(connection: Connection, table: str, keys: Sequence[ObjectKey]) -> dict[ObjectKey, Kept]:
    """The states that `table` keeps of these objects."""
    rows = await connection.fetch(STATES.format(table=table), *columns(keys))
    return {
        (shard, tenant, category, id): Kept(version, decode_state(category, state))
        for shard, tenant, category, id, version, state in rows
    }


def key_of(fact: Fact) -> ObjectKey:
    """(shard, tenant, category, id) of the object that a fact is about."""
    recorded = fact.recorded
    category, _, id = recorded.stream.partition("-")
    return recorded.shard, recorded.tenant, category, id


def keyed(facts: Sequence[Fact], category_wanted: Callable[[str], bool]) -> list[Keyed]:
    """Those facts that are about objects of a wanted category, in their order."""
    pairs = [(key_of(fact), fact) for fact in facts]
    wanted = {category for category in {key[2] for key, _ in pairs} if category_wanted(category)}
    return [pair for pair in pairs if pair[0][2] in wanted]


def decode_state(category: str, data: bytes | str) -> Any:
    """A stored state of this category."""
    return _state_decoder(category)(data)


@cache
def _state_decoder(category: str) -> Callable[[bytes | str], Any]:
    return msgspec.json.Decoder(BY_CATEGORY[category].state_type).decode


def folded(facts: Sequence[Keyed], kept: Mapping[ObjectKey, Kept]) -> dict[ObjectKey, Kept]:
    """The states after `facts`; facts that a kept state reflects already are passed over."""
    after: dict[ObjectKey, Kept] = {}
    for key, fact in facts:
        was = after.get(key) or kept.get(key) or _NEW
        if fact.recorded.version <= was.version:
            continue
        decider = BY_CATEGORY[key[2]].decider
        after[key] = Kept(fact.recorded.version, decider.evolve(was.state, fact.event, fact.at))
    return after


def capability_of(key: ObjectKey) -> Capability:
    """The capability that owns the object."""
    return BY_CATEGORY[key[2]]


def created_at(state: Any) -> datetime:
    """When the object was created."""
    at: datetime = state.created_at
    return at
