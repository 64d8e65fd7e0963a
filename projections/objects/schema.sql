create table objects (
  shard integer not null,
  tenant integer not null,
  category text collate "C" not null,
  id text collate "C" not null,
  created_at timestamptz not null,
  -- Deleted objects can be asked for by id, but are on no list.
  gone boolean not null,
  version integer not null,
  state json not null,
  -- Whose data key seals what is personal in it.
  subject text collate "C" not null,
  primary key (shard, tenant, category, id)
);

-- What lists can be filtered by: one row for each value that a field of an object has.
create table filters (
  shard integer not null,
  tenant integer not null,
  category text collate "C" not null,
  id text collate "C" not null,
  field text collate "C" not null,
  value text collate "C" not null,
  created_at timestamptz not null,
  primary key (shard, tenant, category, id, field, value)
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
