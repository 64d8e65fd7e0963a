-- Which events of the log clients are told of, and as what. What they are told is made from the log when they ask.
create table feed (
  shard integer not null,
  tenant integer not null,
  position bigint not null,
  -- Which one, where clients are told of an event under several types.
  place smallint not null,
  version integer not null,
  type text collate "C" not null,
  category text collate "C" not null,
  object_id text collate "C" not null,
  created_at timestamptz not null,
  primary key (shard, tenant, position, place)
);
