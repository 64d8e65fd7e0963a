"""A name can be held by several; whoever asks to hold it alone is refused while anybody else does."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from eventstore import late_claims
from eventstore.store import (
    NO_STREAM,
    Append,
    Appended,
    Claim,
    ClaimTaken,
    EventStore,
    Release,
    Slice,
    VersionConflict,
)
from eventstore.tenants import Tenant, Tenants
from tests.eventstore.examples import claiming, one, to
from tests.support.events import happened


async def test_an_exclusive_claim_of_a_free_name_is_granted(store: EventStore, tenant: Tenant) -> None:
    assert (await store.append(claiming(tenant, "a", "name", exclusive=True))).position == 1


async def test_an_exclusive_claim_is_refused_and_told_the_oldest_owner(store: EventStore, tenant: Tenant) -> None:
    for owner in ("z", "b", "a"):
        await store.append(claiming(tenant, owner, "name", exclusive=False))
    with pytest.raises(ClaimTaken) as taken:
        await store.append(claiming(tenant, "c", "name", exclusive=True))
    assert (taken.value.name, taken.value.owner) == ("name", "z")
    assert await store.read(tenant, "c") == []


async def test_the_oldest_owner_of_one_batch_is_the_first_of_it(store: EventStore, tenant: Tenant) -> None:
    shared = [claiming(tenant, owner, "name", exclusive=False) for owner in ("z", "b", "a")]
    await asyncio.gather(*map(store.append, shared))
    with pytest.raises(ClaimTaken) as taken:
        await store.append(claiming(tenant, "c", "name", exclusive=True))
    assert taken.value.owner == "z"


async def test_a_shared_claim_is_granted_beside_an_exclusive_one(store: EventStore, tenant: Tenant) -> None:
    await store.append(claiming(tenant, "a", "name", exclusive=True))
    await store.append(claiming(tenant, "b", "name", exclusive=False))
    assert await store.head(0) == 2


@pytest.mark.parametrize(
    ("exclusive", "granted"),
    [
        ((False, True), (True, False)),
        ((True, True), (True, False)),
        ((True, False), (True, True)),
        ((False, False), (True, True)),
        ((False, True, False, True), (True, False, True, False)),
    ],
)
async def test_claims_of_one_moment_are_granted_in_their_order(
    store: EventStore, tenant: Tenant, exclusive: Sequence[bool], granted: Sequence[bool]
) -> None:
    appends = [claiming(tenant, f"owner-{n}", "name", exclusive=each) for n, each in enumerate(exclusive)]
    outcomes = await asyncio.gather(*map(store.append, appends), return_exceptions=True)
    assert [isinstance(outcome, Appended) for outcome in outcomes] == list(granted)
    assert {outcome.owner for outcome in outcomes if isinstance(outcome, ClaimTaken)} <= {"owner-0"}


async def test_of_many_processes_one_gets_the_name(store: EventStore, tenant: Tenant, database: str) -> None:
    stores = [store, await EventStore.open(database, pool_size=1), await EventStore.open(database, pool_size=1)]
    appends = [
        each.append(claiming(tenant, f"owner-{n}-{m}", "name", exclusive=True))
        for n in range(20)
        for m, each in enumerate(stores)
    ]
    outcomes = await asyncio.gather(*appends, return_exceptions=True)
    for each in stores[1:]:
        await each.close()
    [(winner, _)] = [(n, outcome) for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)]
    owner = f"owner-{winner // 3}-{winner % 3}"
    assert {outcome.owner for outcome in outcomes if isinstance(outcome, ClaimTaken)} == {owner}
    assert sum(isinstance(outcome, ClaimTaken) for outcome in outcomes) == 59


async def test_its_owner_may_claim_a_name_again(store: EventStore, tenant: Tenant) -> None:
    await store.append(claiming(tenant, "a", "name", exclusive=True))
    again = Append(tenant, [to("a-again")], claims=[Claim("name", "a", exclusive=True)])
    assert (await store.append(again)).position == 2


async def test_a_released_name_is_free(store: EventStore, tenant: Tenant) -> None:
    await store.append(claiming(tenant, "a", "name", exclusive=True))
    await store.append(Append(tenant, [to("a-gone")], releases=[Release("name", "a")]))
    assert (await store.append(claiming(tenant, "b", "name", exclusive=True))).position == 3


async def test_a_name_released_by_one_is_still_held_by_the_other(store: EventStore, tenant: Tenant) -> None:
    for owner in ("a", "b"):
        await store.append(claiming(tenant, owner, "name", exclusive=False))
    await store.append(Append(tenant, [to("a-gone")], releases=[Release("name", "a")]))
    with pytest.raises(ClaimTaken) as taken:
        await store.append(claiming(tenant, "c", "name", exclusive=True))
    assert taken.value.owner == "b"


async def test_a_release_and_a_claim_of_one_moment_are_granted_in_their_order(
    store: EventStore, tenant: Tenant
) -> None:
    await store.append(claiming(tenant, "a", "name", exclusive=True))
    release = Append(tenant, [to("a-gone")], releases=[Release("name", "a")])
    claim = claiming(tenant, "b", "name", exclusive=True)
    outcomes = await asyncio.gather(store.append(release), store.append(claim), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Appended, Appended]


async def test_a_name_can_be_handed_over_in_one_append(store: EventStore, tenant: Tenant) -> None:
    await store.append(claiming(tenant, "a", "name", exclusive=True))
    await store.append(
        Append(tenant, [to("b")], claims=[Claim("name", "b", exclusive=True)], releases=[Release("name", "a")])
    )
    with pytest.raises(ClaimTaken) as taken:
        await store.append(claiming(tenant, "c", "name", exclusive=True))
    assert taken.value.owner == "b"


async def test_a_refused_append_claims_and_releases_nothing(store: EventStore, tenant: Tenant) -> None:
    await store.append(claiming(tenant, "a", "name", exclusive=True))
    refused = Append(tenant, [to("a")], claims=[Claim("other", "a", exclusive=True)], releases=[Release("name", "a")])
    with pytest.raises(VersionConflict):
        await store.append(refused)
    with pytest.raises(ClaimTaken):
        await store.append(claiming(tenant, "b", "name", exclusive=True))
    assert (await store.append(claiming(tenant, "c", "other", exclusive=True))).position == 2


async def test_one_name_of_several_that_is_taken_refuses_the_append(store: EventStore, tenant: Tenant) -> None:
    await store.append(claiming(tenant, "a", "taken", exclusive=True))
    claims = [Claim("free", "b", exclusive=True), Claim("taken", "b", exclusive=True)]
    with pytest.raises(ClaimTaken) as taken:
        await store.append(Append(tenant, [to("b")], claims=claims))
    assert taken.value.name == "taken"
    assert (await store.append(claiming(tenant, "c", "free", exclusive=True))).position == 2


async def test_a_conflict_comes_before_a_claim(store: EventStore, tenant: Tenant) -> None:
    await store.append(claiming(tenant, "a", "name", exclusive=True))
    await store.append(one(tenant, "b"))
    with pytest.raises(VersionConflict):
        await store.append(claiming(tenant, "b", "name", exclusive=True))


async def test_names_of_tenants_do_not_meet(store: EventStore, tenant: Tenant) -> None:
    other = await Tenants(store.pool).open("acct_2/test")
    outcomes = await asyncio.gather(
        *[store.append(claiming(each, "a", "name", exclusive=True)) for each in (tenant, other)]
    )
    assert [outcome.position for outcome in outcomes] == [1, 2]


async def test_what_older_servers_did_not_claim_is_claimed_step_by_step(
    store: EventStore, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late_claims, "STEP_EVENTS_MAX", 3)

    def method(id: str, *types: str) -> Append:
        events = [replace(happened(b'{"customer":"cust_1"}'), type=f"payment_method.{type}") for type in types]
        return Append(tenant, [Slice(f"payment_method-{id}", NO_STREAM, events)])

    name = "payment_methods_of:cust_1"
    await store.append(method("pm_1", "created", "attached"))
    await store.append(method("pm_2", "created", "attached", "detached", "erased"))
    claimed = method("pm_3", "created", "attached")
    await store.append(replace(claimed, claims=[Claim(name, "pm_3", exclusive=False)]))
    other = await Tenants(store.pool).open("acct_b/test")
    await store.append(replace(method("pm_4", "created", "attached"), tenant=other))
    steps: list[int] = []
    while step := await late_claims.claim_late(store.pool, 0):
        steps.append(step)
    assert steps == [3, 3, 3, 1]
    assert await store.holders(tenant, name, 10) == ["pm_1", "pm_3"]
    assert await store.holders(other, name, 10) == ["pm_4"]
    # It stays at the end of the log.
    await store.append(method("pm_5", "created", "attached"))
    await asyncio.gather(*(late_claims.claim_late(store.pool, 0) for _ in range(3)))
    assert await store.holders(tenant, name, 10) == ["pm_1", "pm_3", "pm_5"]
