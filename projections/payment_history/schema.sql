create table payments (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  created_at timestamptz not null,
  customer text collate "C",
  subscription text collate "C",
  invoice text collate "C",
  status text collate "C" not null,
  version integer not null,
  primary key (shard, tenant, id)
);
