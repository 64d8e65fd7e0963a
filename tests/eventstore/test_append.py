"""An append records all of what it says or nothing, only while its streams stand where the caller saw them."""

import asyncio
from datetime import UTC, datetime

import pytest

from eventstore.chain import chain
from eventstore.ids import uuid7
from eventstore.store import NO_STREAM, Append, EventStore, Head, NewEvent, Slice, VersionConflict
from eventstore.tenants import Tenant, Tenants
from tests.eventstore.examples import guard, head_of, one, to
from tests.support.events import happened

AT = datetime(2026, 1, 31, 9, 30, 0, 123456, tzinfo=UTC)


async def test_what_was_appended_is_read_back_byte_by_byte(store: EventStore, tenant: Tenant) -> None:
    data = b'{ "b" : 1,\n"a":1.00, "nul":"\\u0000", "u":"\xc3\xa9"}'
    event = NewEvent("thing.happened", data, b'{"actor":"x" }', uuid7(), AT)
    appended = await store.append(Append(tenant, [Slice("thing-1", NO_STREAM, [event])]))
    [recorded] = await store.read(tenant, "thing-1")
    assert (recorded.data, recorded.meta) == (event.data, event.meta)
    assert (recorded.shard, recorded.tenant, recorded.stream, recorded.version) == (0, tenant.number, "thing-1", 1)
    assert (recorded.type, recorded.schema_version) == ("thing.happened", 1)
    assert (recorded.event_id, recorded.recorded_at) == (event.event_id, AT)
    assert recorded.position == appended.position == 1


async def test_each_event_is_chained_to_the_one_before_it(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-1", events=2))
    await store.append(one(tenant, "thing-1", await head_of(store, tenant, "thing-1")))
    previous = NO_STREAM.hash
    for event in await store.read(tenant, "thing-1"):
        previous = chain(
            previous,
            tenant=tenant.number,
            stream="thing-1",
            version=event.version,
            type=event.type,
            schema_version=event.schema_version,
            recorded_at=event.recorded_at,
            event_id=event.event_id,
            meta=event.meta,
            data=event.data,
        )
        assert event.hash == previous


async def test_positions_are_dense_over_all_streams_and_callers(store: EventStore, tenant: Tenant) -> None:
    appended = await asyncio.gather(*[store.append(one(tenant, f"thing-{n}", events=1 + n % 3)) for n in range(60)])
    events = await store.tail(0, 0, 1000)
    assert [event.position for event in events] == list(range(1, 121))
    last = {event.stream: event.position for event in events}
    assert [each.position for each in appended] == [last[f"thing-{n}"] for n in range(60)]


@pytest.mark.parametrize("seen", [NO_STREAM, Head(1, bytes(32)), Head(3, bytes(32))])
async def test_a_stream_that_moved_is_a_conflict_with_its_version(
    store: EventStore, tenant: Tenant, seen: Head
) -> None:
    await store.append(one(tenant, "thing-1", events=2))
    with pytest.raises(VersionConflict) as refused:
        await store.append(one(tenant, "thing-1", seen))
    assert (refused.value.stream, refused.value.current) == ("thing-1", 2)
    assert await store.head(0) == 2


async def test_the_right_version_with_another_hash_is_a_conflict(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-1", events=2))
    with pytest.raises(VersionConflict):
        await store.append(one(tenant, "thing-1", Head(2, bytes(32))))
    assert await store.head(0) == 2


async def test_a_stream_that_does_not_exist_cannot_be_continued(store: EventStore, tenant: Tenant) -> None:
    with pytest.raises(VersionConflict) as refused:
        await store.append(one(tenant, "thing-1", Head(1, bytes(32))))
    assert refused.value.current == 0


async def test_one_of_many_that_saw_the_same_head_is_recorded(store: EventStore, tenant: Tenant) -> None:
    outcomes = await asyncio.gather(*[store.append(one(tenant, "thing-1")) for _ in range(30)], return_exceptions=True)
    assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 29
    assert len(await store.read(tenant, "thing-1")) == 1


async def test_a_conflict_does_not_touch_the_others_of_its_batch(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-0"))
    appends = [one(tenant, f"thing-{n}", events=2) for n in range(5)]
    outcomes = await asyncio.gather(*[store.append(each) for each in appends], return_exceptions=True)
    assert isinstance(outcomes[0], VersionConflict)
    assert [outcome.position for outcome in outcomes[1:] if not isinstance(outcome, BaseException)] == [3, 5, 7, 9]


async def test_several_streams_are_appended_as_one(store: EventStore, tenant: Tenant) -> None:
    appended = await store.append(Append(tenant, [to("thing-1", events=2), to("thing-2")]))
    assert appended.position == 3
    assert [event.stream for event in await store.tail(0, 0, 10)] == ["thing-1", "thing-1", "thing-2"]


async def test_several_streams_are_refused_as_one(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-2"))
    with pytest.raises(VersionConflict) as refused:
        await store.append(Append(tenant, [to("thing-1"), to("thing-2"), to("thing-3")]))
    assert refused.value.stream == "thing-2"
    assert await store.head(0) == 1


async def test_a_guard_lets_pass_while_its_stream_stands(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "customer-1"))
    head = await head_of(store, tenant, "customer-1")
    appends = [Append(tenant, [to(f"payment-{n}"), guard("customer-1", head)]) for n in range(10)]
    appended = await asyncio.gather(*[store.append(each) for each in appends])
    assert sorted(each.position for each in appended) == list(range(2, 12))
    assert len(await store.read(tenant, "customer-1")) == 1


async def test_a_guard_refuses_once_its_stream_has_moved(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "customer-1"))
    head = await head_of(store, tenant, "customer-1")
    await store.append(one(tenant, "customer-1", head))
    with pytest.raises(VersionConflict) as refused:
        await store.append(Append(tenant, [to("payment-1"), guard("customer-1", head)]))
    assert (refused.value.stream, refused.value.current) == ("customer-1", 2)
    assert await store.read(tenant, "payment-1") == []


async def test_a_guard_and_a_write_of_one_moment_are_granted_in_their_order(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "customer-1"))
    head = await head_of(store, tenant, "customer-1")
    guarded = [Append(tenant, [to(f"payment-{n}"), guard("customer-1", head)]) for n in range(2)]
    before, write, after = await asyncio.gather(
        store.append(guarded[0]),
        store.append(one(tenant, "customer-1", head)),
        store.append(guarded[1]),
        return_exceptions=True,
    )
    assert not isinstance(before, BaseException)
    assert not isinstance(write, BaseException)
    assert isinstance(after, VersionConflict)


async def test_a_guard_alone_records_nothing_and_tells_where_the_log_stands(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "customer-1", events=3))
    head = await head_of(store, tenant, "customer-1")
    assert (await store.append(Append(tenant, [guard("customer-1", head)]))).position == 3
    assert await store.head(0) == 3


async def test_tenants_with_the_same_stream_do_not_meet(store: EventStore, tenant: Tenant) -> None:
    other = await Tenants(store.pool).open("acct_2/test")
    await asyncio.gather(store.append(one(tenant, "thing-1")), store.append(one(other, "thing-1", events=2)))
    assert len(await store.read(tenant, "thing-1")) == 1
    assert len(await store.read(other, "thing-1")) == 2


async def test_each_shard_counts_for_itself(store: EventStore) -> None:
    tenants = [await Tenants(store.pool).open(f"acct_{shard}/test", shard) for shard in range(3)]
    await asyncio.gather(*[store.append(one(each, f"thing-{n}")) for n in range(5) for each in tenants])
    for each in tenants:
        events = await store.tail(each.shard, 0, 100)
        assert [event.position for event in events] == [1, 2, 3, 4, 5]
        assert {event.tenant for event in events} == {each.number}


async def test_an_append_larger_than_a_batch_is_recorded_as_one(store: EventStore, tenant: Tenant) -> None:
    big = Append(tenant, [to("thing-1", events=1500)])
    small = [one(tenant, f"small-{n}") for n in range(3)]
    appended = await asyncio.gather(store.append(small[0]), store.append(big), *map(store.append, small[1:]))
    assert [each.position for each in appended] == [1, 1501, 1502, 1503]


async def test_what_two_events_share_an_id_with_is_refused(store: EventStore, tenant: Tenant) -> None:
    event = happened()
    twin = NewEvent(type="thing.other", data=b"{}", meta=b"{}", event_id=event.event_id, recorded_at=AT)
    await store.append(Append(tenant, [Slice("thing-1", NO_STREAM, [event])]))
    outcome = await asyncio.gather(
        store.append(Append(tenant, [Slice("thing-2", NO_STREAM, [twin])])), return_exceptions=True
    )
    assert isinstance(outcome[0], Exception)
    assert await store.read(tenant, "thing-2") == []
