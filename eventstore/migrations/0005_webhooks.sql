-- Deliveries of events to whoever asked to be told of them. They are no read model: what was sent where, and what became
-- of it, cannot be told from the log. A delivery names its event; what is sent is made from the log at each try.
create schema webhooks;

-- The endpoints as the reader of the log left them: they decide what the next events of the log lead to.
create table webhooks.endpoints (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  enabled boolean not null,
  enabled_events text[] not null,
  -- The first failure since the last success; null while deliveries arrive.
  failing_since_at timestamptz,
  primary key (shard, id)
);

create table webhooks.deliveries (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  endpoint text collate "C" not null,
  -- The event, and which of the types under which clients are told of it.
  position bigint not null,
  place smallint not null,
  version integer not null,
  type text collate "C" not null,
  category text collate "C" not null,
  object_id text collate "C" not null,
  event text collate "C" not null,
  status text collate "C" not null check (status in ('PENDING', 'DELIVERED', 'FAILED', 'CANCELED')),
  -- Tries begun; whoever writes a result must name the try that it is of.
  tries integer not null default 0,
  -- Tries that failed; when the next one comes goes by these, so that a sender that dies costs none.
  failures integer not null default 0,
  -- When it is to be tried, or tried again; while it is being tried, when the sender is taken for dead. Null while it
  -- waits for an earlier delivery of the same object to the same endpoint, and once it is done.
  due_at timestamptz,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (shard, id),
  check ((status = 'PENDING') = (finished_at is null))
);

-- What can be sent, endpoint by endpoint: a slow one's backlog is never read for another.
create index deliveries_due on webhooks.deliveries (shard, endpoint, due_at) where due_at is not null;
-- What waits, in the order in which the events of an object happened.
create index deliveries_waiting on webhooks.deliveries (shard, endpoint, category, object_id, position, place, id)
  where status = 'PENDING';
-- The list of an endpoint's deliveries; the order of ids is that of creation.
create index deliveries_newest on webhooks.deliveries (shard, endpoint, id);
-- For forgetting what was done long ago.
create index deliveries_finished on webhooks.deliveries (shard, finished_at) where finished_at is not null;

-- Every try: what was sent (never a secret), what came back, how long it took.
create table webhooks.attempts (
  shard integer not null,
  delivery text collate "C" not null,
  try integer not null,
  attempted_at timestamptz not null,
  duration_ms integer not null,
  status_code integer,
  error text,
  request_headers json not null,
  -- Sealed: a receiver may send back what it was sent.
  response_head bytea,
  primary key (shard, delivery, try)
);

-- Replays that were asked for and how far they have come.
create table webhooks.replays (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  endpoint text collate "C" not null,
  reached_position bigint not null,
  until_position bigint not null,
  primary key (shard, id)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    grant usage on schema webhooks to peaswap_app;
    grant select, insert, update, delete on all tables in schema webhooks to peaswap_app;
  end if;
end
$$;
