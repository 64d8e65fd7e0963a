-- What needs attention without being asked, and when.
create table due (
  shard integer not null,
  tenant integer not null,
  category text collate "C" not null,
  id text collate "C" not null,
  due_at timestamptz not null,
  version integer not null,
  -- What lives by a test clock is due by its time; the clock sees to it when it advances.
  clock text collate "C",
  -- A worker that claims it has until then; what it does not finish is claimed again, each time later.
  claimed_until timestamptz,
  tries integer not null default 0,
  -- Why it could not be attended to the last time.
  problem text,
  primary key (shard, tenant, category, id)
);

create table states (
  shard integer not null,
  tenant integer not null,
  category text collate "C" not null,
  id text collate "C" not null,
  version integer not null,
  state json not null,
  -- Whose data key seals what is personal in it.
  subject text collate "C" not null,
  primary key (shard, tenant, category, id)
);

-- Whose states are to be made anew without what is personal, and the last one that was.
create table erasing (
  shard integer not null,
  tenant integer not null,
  subject text collate "C" not null,
  category text collate "C" not null default '',
  id text collate "C" not null default '',
  primary key (shard, tenant, subject)
);
