-- Every amount that counts, with the event that made it count: totals are sums of these, and can be explained.
create table contributions (
  shard integer not null,
  tenant integer not null,
  event_id uuid not null,
  metric text collate "C" not null,
  currency text collate "C" not null,
  customer text collate "C",
  amount bigint not null,
  happened_at timestamptz not null,
  primary key (shard, tenant, event_id, metric)
);

create table totals (
  shard integer not null,
  tenant integer not null,
  customer text collate "C" not null,
  currency text collate "C" not null,
  metric text collate "C" not null,
  count bigint not null,
  amount numeric not null,
  last_at timestamptz not null,
  primary key (shard, tenant, customer, currency, metric)
);

-- A quarter of an hour is the largest step that fits into the days of every time zone.
create table slots (
  shard integer not null,
  tenant integer not null,
  currency text collate "C" not null,
  metric text collate "C" not null,
  slot_at timestamptz not null,
  count bigint not null,
  amount numeric not null,
  primary key (shard, tenant, currency, metric, slot_at)
);
