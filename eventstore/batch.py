"""A batch of appends as the arguments of one call of es.append, and that call's answer as an outcome for each."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from eventstore.chain import chain
from eventstore.errors import (
    ClaimTaken,
    DataKeyDestroyed,
    DataKeyExists,
    KeyReplayed,
    KeyReused,
    StoreError,
    VersionConflict,
)
from eventstore.record import Append, Appended, Head, KeyRecord, Slice

Outcome = Appended | Exception
CONFLICT, REPLAY, REUSE, CLAIM, DATA_KEY, DESTROYED = 1, 2, 3, 4, 5, 6
# How many columns each part of the arguments has: appends, slices, events, keys, claims, releases, data keys, and the
# subjects that sealed something or are shredded.
WIDTHS = (2, 4, 10, 7, 4, 3, 3, 2, 2)
ARGUMENTS = 1 + sum(WIDTHS)
# The place of an event's hash in its row.
HASH = 7


class Batch:
    """Appends of one shard, of which no two touch the same stream, key or exclusive name."""

    # In the select list: so Citus sends the whole call to the node that holds the shard.
    CALL: ClassVar[str] = f"select es.append({', '.join(f'${n}' for n in range(1, ARGUMENTS + 1))})"

    def __init__(self, shard: int, appends: Sequence[Append]) -> None:
        self.shard = shard
        self.appends = appends
        self._heads: list[dict[str, Head]] = []

    def arguments(self) -> list[Any]:
        """The arguments of CALL: the shard, then columns of what is appended."""
        counts: list[tuple[Any, ...]] = []
        slices: list[tuple[Any, ...]] = []
        events: list[tuple[Any, ...]] = []
        keys: list[tuple[Any, ...]] = []
        claims: list[tuple[Any, ...]] = []
        releases: list[tuple[Any, ...]] = []
        data_keys: list[tuple[Any, ...]] = []
        sealed: list[tuple[Any, ...]] = []
        shreds: list[tuple[Any, ...]] = []
        self._heads = [{} for _ in self.appends]
        for number, append in enumerate(self.appends, 1):
            tenant, before = append.tenant.number, len(events)
            for each in append.slices:
                slices.append((number, each.stream, each.head.version, each.head.hash))
                events += _event_rows(tenant, number, len(slices), each)
                if each.events:
                    version, hash = each.head.version + len(each.events), events[-1][HASH]
                    self._heads[number - 1][each.stream] = Head(version, hash)
            reach = len(events)
            counts.append((tenant, reach - before))
            if append.key is not None:
                key = append.key
                keys.append((number, key.key, key.request_hash, key.stream, key.answer, key.finishes, reach))
            for claim in append.claims:
                claims.append((number, claim.name, claim.owner, claim.exclusive))
            for release in append.releases:
                releases.append((number, release.name, release.owner))
            for data_key in append.data_keys:
                data_keys.append((number, data_key.subject, data_key.wrapped))
            for subject in append.sealed:
                sealed.append((number, subject))
            for subject in append.shreds:
                shreds.append((number, subject))
        parts = (counts, slices, events, keys, claims, releases, data_keys, sealed, shreds)
        arguments: list[Any] = [self.shard]
        for rows, width in zip(parts, WIDTHS, strict=True):
            arguments += zip(*rows, strict=True) if rows else [()] * width
        return arguments

    def outcomes(self, answer: Any) -> list[Outcome]:
        """What became of each append, in order."""
        head, bad, *reasons = answer
        refused: dict[int, Outcome] = {}
        for index, number in enumerate(bad or ()):
            if number not in refused:
                refused[number] = self._refusal(number, [reason[index] for reason in reasons])
        outcomes: list[Outcome] = []
        position: int = head
        for number, append in enumerate(self.appends, 1):
            if number in refused:
                outcomes.append(refused[number])
            else:
                position += append.events
                outcomes.append(Appended(position, self._heads[number - 1]))
        return outcomes

    def _refusal(self, number: int, reason: Sequence[Any]) -> StoreError:
        kind: int
        value: int
        name: str
        owner: str
        answer: bytes | None
        at: datetime
        kind, value, name, owner, answer, at = reason
        if kind == CONFLICT:
            return VersionConflict(name, value)
        if kind == CLAIM:
            return ClaimTaken(name, owner)
        if kind == DATA_KEY:
            return DataKeyExists(name)
        if kind == DESTROYED:
            return DataKeyDestroyed(name)
        if kind == REUSE:
            return KeyReused("the idempotency key was used for another request")
        key = self.appends[number - 1].key
        assert key is not None
        return KeyReplayed(KeyRecord(name, answer, value, at, key.request_hash))


def _event_rows(tenant: int, append: int, number: int, each: Slice) -> Iterator[tuple[Any, ...]]:
    version, hash = each.head.version, each.head.hash
    for event in each.events:
        version += 1
        hash = chain(
            hash,
            tenant=tenant,
            stream=each.stream,
            version=version,
            type=event.type,
            schema_version=event.schema_version,
            recorded_at=event.recorded_at,
            event_id=event.event_id,
            meta=event.meta,
            data=event.data,
        )
        yield (
            append,
            number,
            version,
            event.type,
            event.schema_version,
            event.recorded_at,
            event.event_id,
            hash,
            event.meta.decode(),
            event.data.decode(),
        )
