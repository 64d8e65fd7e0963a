"""Where a law of money does not hold."""

from collections.abc import Sequence

from msgspec import Struct

from eventstore.pool import FairPool

# As many as are named at once; a law that is broken more often is broken enough.
BREACHES_MAX = 20
# What belongs together is one append, and no append is longer than this.
APPEND_EVENTS_MAX = 1_000

LAWS = ("payments", "refunds", "balances", "numbers", "periods")
REACHED = """
select c.position, e.position
  from es.checkpoints c
  left join lateral (select position from es.events where shard = c.shard order by position desc limit 1) e on true
 where c.shard = $1
   and c.reader = 'laws'
"""
BROKEN = """
(select 'payments', tenant, payment,
        format('%s %s was taken for invoice %s, which says that %s is paid', received, currency, invoice, paid)
   from rm_laws.settled
  where shard = $1
    and received <> paid
    and position <= $2
  limit $3)
union all
(select 'refunds', tenant, refund, format('it gives back %s, and its payment has set %s aside for it', amount, aside)
   from rm_laws.refunds
  where shard = $1
    and amount <> aside
    and position <= $2
  limit $3)
union all
(select 'balances', tenant, customer, format('its balance is %s, and its invoices come to %s', balance, carried)
   from rm_laws.balances
  where shard = $1
    and balance <> carried
    and position <= $2
  limit $3)
union all
(select 'numbers', tenant, last::text,
        format('the last number is %s, %s were given, to %s invoices', last, given, invoices)
   from rm_laws.numbers
  where shard = $1
    and (last <> given or given <> invoices)
    and position <= $2
  limit $3)
union all
(select 'periods', tenant, subscription, format('%s has the invoices %s and %s', period_start_at, invoice, another)
   from rm_laws.periods
  where shard = $1
    and another is not null
    and position <= $2
  limit $3)
"""


class Breach(Struct, frozen=True):
    """A law that does not hold, for what of which tenant, and how."""

    law: str
    tenant: int
    id: str
    reason: str


class Verdict(Struct, frozen=True):
    """What was found, and the position of the log up to which it is true."""

    position: int
    breaches: Sequence[Breach]


async def verdict(pool: FairPool, shard: int) -> Verdict:
    """Looks at all laws in this shard; costs a few index reads, however much is recorded."""
    row = await pool.fetchrow(REACHED, shard)
    if row is None:
        return Verdict(0, ())
    reached, head = row[0], row[1] or 0
    sure = reached if reached >= head else reached - APPEND_EVENTS_MAX
    rows = await pool.fetch(BROKEN, shard, sure, BREACHES_MAX)
    return Verdict(sure, [Breach(*each) for each in rows])
