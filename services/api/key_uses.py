"""When each API key was last used: noted in memory, written in batches, at most once a minute for a key."""

from datetime import datetime, timedelta

from eventstore.pool import FairPool
from eventstore.seen import Place, keep_seen
from projections.key_ring.queries import RingKey

COARSE = timedelta(minutes=1)
KEYS_MAX = 100_000


class KeyUses:
    """`note` costs a request one look into a map; `write` is called by whoever keeps the key ring up."""

    def __init__(self, pool: FairPool) -> None:
        self._pool = pool
        self._noted: dict[Place, datetime] = {}
        self._unwritten: dict[Place, datetime] = {}

    def note(self, key: RingKey, now: datetime) -> None:
        """The key was used."""
        place = (key.shard, key.tenant, key.key_id)
        last = self._noted.get(place)
        if last is None or now - last >= COARSE:
            if len(self._noted) >= KEYS_MAX:
                self._noted.clear()
            self._noted[place] = self._unwritten[place] = now

    async def write(self) -> None:
        """Writes what was noted since the last time; what could not be written is tried again the next time."""
        if not self._unwritten:
            return
        taken, self._unwritten = self._unwritten, {}
        try:
            await keep_seen(self._pool, taken)
        except BaseException:
            self._unwritten = {**taken, **self._unwritten}
            raise
