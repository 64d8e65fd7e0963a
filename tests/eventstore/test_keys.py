"""An idempotency key stands for one request, for ever the same one, however often and at once it is sent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from eventstore.store import (
    NO_STREAM,
    Append,
    Claim,
    EventStore,
    Key,
    KeyReplayed,
    KeyReused,
    VersionConflict,
)
from eventstore.tenants import Tenant, Tenants
from tests.eventstore.examples import head_of, one, to

HASH = b"h" * 32


def keyed(tenant: Tenant, stream: str, key: str, answer: bytes | None = b"answer", request: bytes = HASH) -> Append:
    """An append to a new stream under an idempotency key."""
    return Append(tenant, [to(stream)], Key(key, request, stream, answer))


async def test_the_answer_is_kept_with_the_append(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "other"))
    before = datetime.now(UTC)
    await store.append(keyed(tenant, "thing-1", "k"))
    record = await store.key(tenant, "k")
    assert record is not None
    assert (record.stream, record.answer, record.position, record.request_hash) == ("thing-1", b"answer", 2, HASH)
    assert abs(record.recorded_at - before) < timedelta(minutes=1)
    assert await store.key(tenant, "another") is None


async def test_the_same_request_again_is_told_what_came_of_it(store: EventStore, tenant: Tenant) -> None:
    await store.append(keyed(tenant, "thing-1", "k"))
    with pytest.raises(KeyReplayed) as replayed:
        await store.append(keyed(tenant, "thing-2", "k", b"never told"))
    assert replayed.value.record == await store.key(tenant, "k")
    assert await store.read(tenant, "thing-2") == []


async def test_another_request_with_the_key_is_refused(store: EventStore, tenant: Tenant) -> None:
    await store.append(keyed(tenant, "thing-1", "k"))
    with pytest.raises(KeyReused):
        await store.append(keyed(tenant, "thing-2", "k", request=b"x" * 32))
    assert await store.head(0) == 1


async def test_thirty_at_once_with_one_key_make_one(store: EventStore, tenant: Tenant) -> None:
    outcomes = await asyncio.gather(
        *[store.append(keyed(tenant, f"thing-{n}", "k")) for n in range(30)], return_exceptions=True
    )
    replays = [outcome for outcome in outcomes if isinstance(outcome, KeyReplayed)]
    assert len(replays) == 29
    assert {replay.record.stream for replay in replays} == {"thing-0"}
    assert await store.head(0) == 1


async def test_two_processes_with_one_key_make_one(store: EventStore, tenant: Tenant, database: str) -> None:
    other = await EventStore.open(database, pool_size=1)
    appends = [each.append(keyed(tenant, f"thing-{n}", "k")) for n in range(10) for each in (store, other)]
    outcomes = await asyncio.gather(*appends, return_exceptions=True)
    await other.close()
    assert sum(isinstance(outcome, KeyReplayed) for outcome in outcomes) == 19
    assert await store.head(0) == 1


async def test_a_replay_comes_before_a_conflict_and_a_claim(store: EventStore, tenant: Tenant) -> None:
    await store.append(Append(tenant, [to("holder")], claims=[Claim("name", "holder", exclusive=False)]))
    await store.append(keyed(tenant, "thing-1", "k"))
    repeated = Append(
        tenant,
        [to("thing-1", NO_STREAM)],
        Key("k", HASH, "thing-1", b"answer"),
        claims=[Claim("name", "thing-1", exclusive=True)],
    )
    with pytest.raises(KeyReplayed):
        await store.append(repeated)


async def test_a_conflict_records_no_key(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-1"))
    with pytest.raises(VersionConflict):
        await store.append(keyed(tenant, "thing-1", "k"))
    assert await store.key(tenant, "k") is None


async def test_a_key_is_recorded_without_any_event(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "other", events=3))
    appended = await store.append(Append(tenant, [], Key("k", HASH, "thing-1", b"nothing to do")))
    record = await store.key(tenant, "k")
    assert record is not None
    assert (appended.position, record.position, record.answer) == (3, 3, b"nothing to do")
    with pytest.raises(KeyReplayed):
        await store.append(Append(tenant, [], Key("k", HASH, "thing-1", b"something else")))


async def test_a_begun_request_is_in_progress_until_it_is_finished(store: EventStore, tenant: Tenant) -> None:
    await store.append(keyed(tenant, "payment-1", "k", None))
    with pytest.raises(KeyReplayed) as begun:
        await store.append(keyed(tenant, "payment-2", "k", None))
    assert begun.value.record.answer is None
    head = await head_of(store, tenant, "payment-1")
    finish = Append(tenant, [to("payment-1", head)], Key("k", HASH, "payment-1", b"paid", finishes=True))
    await store.append(finish)
    record = await store.key(tenant, "k")
    assert record is not None
    assert (record.answer, record.position) == (b"paid", 2)


async def test_of_two_that_finish_one_is_told_the_answer_of_the_other(store: EventStore, tenant: Tenant) -> None:
    await store.append(keyed(tenant, "payment-1", "k", None))
    finishes = [
        Append(tenant, [], Key("k", HASH, "payment-1", answer, finishes=True)) for answer in (b"first", b"second")
    ]
    first, second = await asyncio.gather(*map(store.append, finishes), return_exceptions=True)
    assert not isinstance(first, BaseException)
    assert isinstance(second, KeyReplayed)
    assert second.record.answer == b"first"


async def test_another_request_cannot_finish_what_was_begun(store: EventStore, tenant: Tenant) -> None:
    await store.append(keyed(tenant, "payment-1", "k", None))
    with pytest.raises(KeyReused):
        await store.append(Append(tenant, [], Key("k", b"x" * 32, "payment-1", b"paid", finishes=True)))
    record = await store.key(tenant, "k")
    assert record is not None
    assert record.answer is None


async def test_what_was_never_begun_can_be_finished(store: EventStore, tenant: Tenant) -> None:
    await store.append(Append(tenant, [to("thing-1")], Key("k", HASH, "thing-1", b"done", finishes=True)))
    record = await store.key(tenant, "k")
    assert record is not None
    assert record.answer == b"done"


async def test_keys_of_a_batch_with_refusals_reach_their_own_position(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "taken"))
    appends = [
        keyed(tenant, "thing-1", "k1"),
        keyed(tenant, "taken", "k2"),
        Append(tenant, [to("thing-2", events=3)], Key("k3", HASH, "thing-2", b"answer")),
        keyed(tenant, "taken", "k4"),
        Append(tenant, [], Key("k5", HASH, "thing-2", b"answer")),
    ]
    outcomes = await asyncio.gather(*map(store.append, appends), return_exceptions=True)
    for number in (1, 3, 5):
        outcome, record = outcomes[number - 1], await store.key(tenant, f"k{number}")
        assert record is not None
        assert not isinstance(outcome, BaseException)
        assert record.position == outcome.position
    assert [type(outcome) for outcome in outcomes[1::2]] == [VersionConflict, VersionConflict]


async def test_a_key_belongs_to_its_tenant(store: EventStore, tenant: Tenant) -> None:
    other = await Tenants(store.pool).open("acct_2/test")
    await store.append(keyed(tenant, "thing-1", "k"))
    await store.append(keyed(other, "thing-1", "k", request=b"x" * 32))
    record = await store.key(other, "k")
    assert record is not None
    assert record.request_hash == b"x" * 32


async def test_old_keys_are_pruned_a_few_at_a_time(store: EventStore, tenant: Tenant) -> None:
    for n in range(5):
        await store.append(keyed(tenant, f"thing-{n}", f"k{n}"))
    hour = timedelta(hours=1)
    assert await store.prune_keys(0, datetime.now(UTC) - hour, 100) == 0
    assert await store.prune_keys(0, datetime.now(UTC) + hour, 3) == 3
    assert await store.key(tenant, "k0") is None
    assert await store.key(tenant, "k4") is not None
    assert await store.prune_keys(0, datetime.now(UTC) + hour, 100) == 2
