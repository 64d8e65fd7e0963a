"""Folding facts onto the states that a read model keeps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from eventstore.pool import Connection
from services.billing.registry import BY_CATEGORY
from services.core.capability import Capability
from services.core.decider import category_of, object_id
from services.core.event import Fact

ObjectKey = tuple[int, int, str, str]

encode = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, frozen=True):
    """A state as the read model has it, and the version of the stream that it reflects."""

    version: int
    state: Any


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
    stream = fact.recorded.stream
    return fact.recorded.shard, fact.recorded.tenant, category_of(stream), object_id(stream)


def decode_state(category: str, data: bytes | str) -> Any:
    """A stored state of this category."""
    return msgspec.json.decode(data, type=BY_CATEGORY[category].state_type)


def folded(facts: Sequence[Fact], kept: Mapping[ObjectKey, Kept]) -> dict[ObjectKey, Kept]:
    """The states after `facts`; facts that a kept state reflects already are passed over."""
    after: dict[ObjectKey, Kept] = {}
    for fact in facts:
        key = key_of(fact)
        was = after.get(key) or kept.get(key) or Kept(0, None)
        if fact.recorded.version <= was.version:
            continue
        decider = capability_of(key).decider
        after[key] = Kept(fact.recorded.version, decider.evolve(was.state, fact.event, fact.at))
    return after


def capability_of(key: ObjectKey) -> Capability:
    """The capability that owns the object."""
    return BY_CATEGORY[key[2]]


def created_at(state: Any) -> datetime:
    """When the object was created."""
    at: datetime = state.created_at
    return at
