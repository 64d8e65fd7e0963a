"""A batch of appends as the arguments of one call of es.append, and that call's answer as an outcome for each."""

from collections.abc import Sequence
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
from eventstore.record import Append, Appended, KeyRecord, Slice

Outcome = Appended | Exception
CONFLICT, REPLAY, REUSE, CLAIM, DATA_KEY, DESTROYED = 1, 2, 3, 4, 5, 6
ARGUMENTS = 38


class Batch:
    """Appends of one shard, of which no two touch the same stream, key or exclusive name."""

    # In the select list: so Citus sends the whole call to the node that holds the shard.
    CALL: ClassVar[str] = f"select es.append({', '.join(f'${n}' for n in range(1, ARGUMENTS + 1))})"

    def __init__(self, shard: int, appends: Sequence[Append]) -> None:
        self.shard = shard
        self.appends = appends

    def arguments(self) -> list[Any]:
        """The arguments of CALL: the shard, then columns of what is appended."""
        per_append: tuple[list[Any], ...] = ([], [])
        slices: tuple[list[Any], ...] = ([], [], [], [])
        events: tuple[list[Any], ...] = ([], [], [], [], [], [], [], [], [], [])
        keys: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
        claims: tuple[list[Any], ...] = ([], [], [], [])
        releases: tuple[list[Any], ...] = ([], [], [])
        data_keys: tuple[list[Any], ...] = ([], [], [])
        sealed: tuple[list[Any], ...] = ([], [])
        shreds: tuple[list[Any], ...] = ([], [])
        for number, append in enumerate(self.appends, 1):
            before = len(events[0])
            for each in append.slices:
                _row(slices, number, each.stream, each.head.version, each.head.hash)
                _event_rows(events, append.tenant.number, number, len(slices[0]), each)
            count = len(events[0]) - before
            _row(per_append, append.tenant.number, count)
            if append.key is not None:
                key = append.key
                reach = len(events[0])
                _row(keys, number, key.key, key.request_hash, key.stream, key.answer, key.finishes, reach)
            for claim in append.claims:
                _row(claims, number, claim.name, claim.owner, claim.exclusive)
            for release in append.releases:
                _row(releases, number, release.name, release.owner)
            for data_key in append.data_keys:
                _row(data_keys, number, data_key.subject, data_key.wrapped)
            for subject in append.sealed:
                _row(sealed, number, subject)
            for subject in append.shreds:
                _row(shreds, number, subject)
        return [self.shard, *per_append, *slices, *events, *keys, *claims, *releases, *data_keys, *sealed, *shreds]

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
                position += sum(len(each.events) for each in append.slices)
                outcomes.append(Appended(position))
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


def _event_rows(events: tuple[list[Any], ...], tenant: int, append: int, number: int, each: Slice) -> None:
    version, previous = each.head.version, each.head.hash
    for event in each.events:
        version += 1
        previous = chain(
            previous,
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
        _row(
            events,
            append,
            number,
            version,
            event.type,
            event.schema_version,
            event.recorded_at,
            event.event_id,
            previous,
            event.meta.decode(),
            event.data.decode(),
        )


def _row(columns: tuple[list[Any], ...], *values: Any) -> None:
    for column, value in zip(columns, values, strict=True):
        column.append(value)
