"""The statements that count both sides of the laws."""

from msgspec import Struct


class InvoiceRow(Struct, frozen=True):
    """What an invoice moved on its customer's balance, and whether it has a number."""

    customer: str
    currency: str
    carried: int
    numbered: bool


KEEP_SETTLED = """
insert into settled (shard, tenant, payment, invoice, currency, position)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[])
    on conflict do nothing
"""
KEEP_RECEIVED = """
update settled s
   set received = n.received,
       position = greatest(s.position, n.position)
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[])
       as n(shard, tenant, payment, received, position)
 where (s.shard, s.tenant, s.payment) = (n.shard, n.tenant, n.payment)
"""
KEEP_PAID = """
update settled s
   set paid = n.paid,
       position = greatest(s.position, n.position)
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[])
       as n(shard, tenant, payment, paid, position)
 where (s.shard, s.tenant, s.payment) = (n.shard, n.tenant, n.payment)
"""
KEEP_REFUNDS = """
insert into refunds as kept (shard, tenant, refund, amount, position)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[])
    on conflict (shard, tenant, refund) do update
   set amount = excluded.amount,
       position = greatest(kept.position, excluded.position)
"""
KEEP_ASIDE = """
insert into refunds as kept (shard, tenant, refund, aside, position)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[])
    on conflict (shard, tenant, refund) do update
   set aside = excluded.aside,
       position = greatest(kept.position, excluded.position)
"""
KEEP_BALANCES = """
insert into balances as kept (shard, tenant, customer, balance, position)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[])
    on conflict (shard, tenant, customer) do update
   set balance = excluded.balance,
       position = greatest(kept.position, excluded.position)
"""
KEEP_CARRIED = """
insert into balances as kept (shard, tenant, customer, carried, position)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[])
    on conflict (shard, tenant, customer) do update
   set carried = kept.carried + excluded.carried,
       position = greatest(kept.position, excluded.position)
"""
KEEP_NUMBERS = """
insert into numbers as kept (shard, tenant, last, given, position)
select n.shard, n.tenant, n.last, n.given, n.position
  from unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
       as n(shard, tenant, book, last, given, position)
    on conflict (shard, tenant) do update
   set last = greatest(kept.last, excluded.last),
       given = greatest(kept.given, excluded.given),
       position = greatest(kept.position, excluded.position)
"""
COUNT_NUMBERS = """
insert into numbers as kept (shard, tenant, invoices, position)
select *
  from unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[])
    on conflict (shard, tenant) do update
   set invoices = kept.invoices + excluded.invoices,
       position = greatest(kept.position, excluded.position)
"""
KEEP_PERIODS = """
insert into periods as kept (shard, tenant, subscription, period_start_at, invoice, another, position)
select n.shard, n.tenant, n.subscription, n.period_start_at, min(n.invoice), nullif(max(n.invoice), min(n.invoice)),
       max(n.position)
  from unnest($1::integer[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[])
       as n(shard, tenant, subscription, period_start_at, invoice, position)
 group by 1, 2, 3, 4
    on conflict (shard, tenant, subscription, period_start_at) do update
   set another = coalesce(excluded.another, excluded.invoice),
       position = greatest(kept.position, excluded.position)
 where kept.invoice <> excluded.invoice
    or excluded.another is not null
"""
KEEP_INVOICES = """
insert into invoices as kept (shard, tenant, invoice, customer, currency, carried, numbered)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::boolean[])
    on conflict (shard, tenant, invoice) do update
   set carried = excluded.carried,
       numbered = excluded.numbered
"""
INVOICES = """
select kept.shard, kept.tenant, kept.invoice, kept.customer, kept.currency, kept.carried, kept.numbered
  from unnest($1::integer[], $2::integer[], $3::text[]) as wanted(shard, tenant, invoice)
  join invoices kept
 using (shard, tenant, invoice)
"""
