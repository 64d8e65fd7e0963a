"""A turn is one caller's, in this process and in all others."""

from eventstore.store import EventStore
from eventstore.turns import Turns


async def test_a_turn_is_taken_by_one_at_a_time(store: EventStore) -> None:
    here, elsewhere = Turns(store.pool), Turns(store.pool)
    async with here.alone("1/clock_a") as first, here.alone("1/clock_a") as again, here.alone("1/clock_b") as other:
        assert (first, again, other) == (True, False, True)
        async with elsewhere.alone("1/clock_a") as taken, elsewhere.alone("1/clock_c") as free:
            assert (taken, free) == (False, True)
    async with elsewhere.alone("1/clock_a") as now, elsewhere.alone("1/clock_b") as both:
        assert (now, both) == (True, True)
