-- The log: what happened, in order, for ever.

create schema es;

-- A tenant is whoever sees nothing of the others; it lives in one shard and never changes its number.
create table es.tenants (
  tenant integer generated always as identity primary key,
  shard integer not null check (shard >= 0),
  name text collate "C" not null unique,
  opened_at timestamptz not null default now()
);

create table es.events (
  shard integer not null,
  -- Dense in each shard: 1, 2, 3 … in the order of commits. A hole is proof of tampering.
  position bigint not null check (position > 0),
  recorded_at timestamptz not null,
  event_id uuid not null,
  tenant integer not null,
  -- Dense in each stream.
  version integer not null check (version > 0),
  schema_version smallint not null,
  stream text collate "C" not null,
  type text collate "C" not null,
  -- SHA-256 over the previous hash of the stream and everything in this row but shard and position.
  hash bytea not null,
  -- json, not jsonb: it keeps the exact bytes that were hashed.
  meta json not null,
  data json not null,
  primary key (shard, position),
  -- One event per version: the database's own word on concurrent appends.
  unique (shard, tenant, stream, version),
  -- Finds an event by its public id, and refuses to record one twice.
  unique (shard, event_id)
)
with (autovacuum_vacuum_insert_scale_factor = 0.02);

create function es.refuse_change()
returns trigger
language plpgsql
as $$
begin
  raise exception 'es.events is append-only'
    using errcode = 'insufficient_privilege';
end
$$;

create trigger events_are_append_only
before update or delete or truncate on es.events
for each statement
execute function es.refuse_change();

-- What came of a request with an idempotency key; without an answer it is still being worked on.
create table es.idempotency (
  shard integer not null,
  tenant integer not null,
  key text collate "C" not null,
  request_hash bytea not null,
  stream text collate "C" not null,
  answer bytea,
  position bigint not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (shard, tenant, key)
);

-- For pruning. It does not lead with shard as all else does: while the table is small the planner would take it for the
-- look-up of a key, and keep that plan when the table has grown.
create index idempotency_age on es.idempotency (recorded_at);

-- Who holds a name: an e-mail address, a lookup key, an invoice number.
create table es.claims (
  shard integer not null,
  tenant integer not null,
  name text collate "C" not null,
  owner text collate "C" not null,
  position bigint not null,
  primary key (shard, tenant, name, owner)
);

-- The key that seals a subject's personal data, wrapped by the master key. Destroying it erases the subject.
create table es.data_keys (
  shard integer not null,
  tenant integer not null,
  subject text collate "C" not null,
  wrapped bytea,
  created_at timestamptz not null default now(),
  shredded_at timestamptz,
  primary key (shard, tenant, subject),
  check ((wrapped is null) = (shredded_at is not null))
);

-- Where each reader of the log stands; moved in the transaction of what it has done.
create table es.checkpoints (
  shard integer not null,
  reader text collate "C" not null,
  revision integer not null,
  position bigint not null default 0,
  state text not null default 'live' check (state in ('live', 'building', 'stopped')),
  reason text,
  event_id uuid,
  updated_at timestamptz not null default now(),
  primary key (shard, reader, revision)
)
with (fillfactor = 50);
