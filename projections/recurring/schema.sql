-- What each event of a subscription changed of the figures: `amount` in units of 1/parts of a subscription or minor
-- unit, so that all of it can be added up before the one rounding.
create table steps (
  shard integer not null,
  tenant integer not null,
  event_id uuid not null,
  metric text collate "C" not null,
  parts integer not null,
  currency text collate "C" not null,
  subscription text collate "C" not null,
  amount numeric not null,
  happened_at timestamptz not null,
  primary key (shard, tenant, event_id, metric, parts)
);

-- A quarter of an hour is the largest step that fits into the days of every time zone.
create table slots (
  shard integer not null,
  tenant integer not null,
  currency text collate "C" not null,
  metric text collate "C" not null,
  parts integer not null,
  slot_at timestamptz not null,
  amount numeric not null,
  primary key (shard, tenant, currency, metric, parts, slot_at)
);

-- The subscriptions as of their last event, without what is personal.
create table states (
  shard integer not null,
  tenant integer not null,
  category text collate "C" not null,
  id text collate "C" not null,
  version integer not null,
  state json not null,
  primary key (shard, tenant, category, id)
);
