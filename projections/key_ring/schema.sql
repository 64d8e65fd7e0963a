create table keys (
  shard integer not null,
  tenant integer not null,
  digest bytea not null,
  key_id text collate "C" not null,
  account text collate "C" not null,
  livemode boolean not null,
  -- JSON: resource to none, read or write; null means everything.
  permissions text,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The event that said so last: whoever has seen up to here knows of every change before.
  changed_position bigint not null,
  primary key (shard, tenant, digest)
);
