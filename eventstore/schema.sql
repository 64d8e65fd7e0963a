-- The schema of the store as all migrations leave it, to be read. A test holds it equal to their sum.

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

-- The one write. Appends of many callers go through one call and one commit; each is granted or refused alone.
--
-- a_*: per append. s_*: per slice (a stream within an append; one without events only guards its version).
-- e_*: per event, in append order. k_*: per idempotency key. c_*: claims. r_*: releases. d_*: new data keys.
-- u_*: subjects whose data keys sealed something in the append. x_*: subjects whose data keys it destroys.
-- No stream, key or exclusive claim stands twice in one call, nor a name both claimed and released by two appends: the
-- caller sees to that. Within one append releases come before claims, so that a name can be handed over.
--
-- Look-ups are lateral with a limit, never joins: a join planned while its table was empty, and this function's plans are
-- kept, would go on to read all of that table in every call.
--
-- bad_kind: 1 a stream has moved (value: its version, name: the stream)     2 the key was answered or is begun
--           3 the key belongs to another request                            4 a claim is held (name, owner)
--           5 the subject has a data key already (name: the subject)  6 the subject's data key is destroyed (the same)
-- All other appends have the positions after head, in order.

create type es.appended as (
  head bigint,
  bad_append integer[],
  bad_kind integer[],
  bad_value bigint[],
  bad_name text[],
  bad_owner text[],
  bad_answer bytea[],
  bad_at timestamptz[]
);

create function es.append(
  in_shard integer,
  a_tenant integer[], a_events integer[],
  s_append integer[], s_stream text[], s_expected integer[], s_previous bytea[],
  e_append integer[], e_slice integer[], e_version integer[], e_type text[], e_schema_version smallint[],
  e_at timestamptz[], e_id uuid[], e_hash bytea[], e_meta text[], e_data text[],
  k_append integer[], k_key text[], k_request bytea[], k_stream text[], k_answer bytea[], k_finishes boolean[],
  k_reach integer[],
  c_append integer[], c_name text[], c_owner text[], c_exclusive boolean[],
  r_append integer[], r_name text[], r_owner text[],
  d_append integer[], d_subject text[], d_wrapped bytea[],
  u_append integer[] default '{}', u_subject text[] default '{}',
  x_append integer[] default '{}', x_subject text[] default '{}'
)
returns es.appended
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  result es.appended;
  more es.appended;
  -- Where the log stands after each append of this call.
  reached bigint[];
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise 'es.append needs read committed: its checks must see what the lock waited for';
  end if;
  -- Appenders of a shard queue here until this transaction is durable: the order of positions is the order of
  -- commits. A plain expression, so that the next statement takes its snapshot after the lock.
  if pg_advisory_xact_lock(1346716531, in_shard) is null then null; end if;

  select coalesce((select e.position from es.events e where e.shard = in_shard order by e.position desc limit 1), 0)
    into result.head;

  if cardinality(k_append) > 0 then
    select array_agg(k.i),
           array_agg(case when r.request_hash = k.request then 2 else 3 end),
           array_agg(r.position),
           array_agg(r.stream),
           array_agg(null::text),
           array_agg(r.answer),
           array_agg(r.recorded_at)
      into result.bad_append, result.bad_kind, result.bad_value, result.bad_name, result.bad_owner,
           result.bad_answer, result.bad_at
      from unnest(k_append, k_key, k_request, k_finishes) as k(i, key, request, finishes)
     cross join lateral (
             select kept.request_hash, kept.position, kept.stream, kept.answer, kept.recorded_at
               from es.idempotency kept
              where kept.shard = in_shard
                and kept.tenant = a_tenant[k.i]
                and kept.key = k.key
              limit 1
           ) r
     where not (k.finishes and r.answer is null and r.request_hash = k.request);
  end if;

  if cardinality(s_append) > 0 then
    select array_agg(s.i), array_agg(1), array_agg(coalesce(v.version, 0)::bigint), array_agg(s.stream)
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name
      from unnest(s_append, s_stream, s_expected, s_previous) as s(i, stream, expected, previous)
      left join lateral (
             select e.version, e.hash
               from es.events e
              where e.shard = in_shard
                and e.tenant = a_tenant[s.i]
                and e.stream = s.stream
              order by e.version desc
              limit 1
           ) v on true
     where coalesce(v.version, 0) <> s.expected
        or v.hash <> s.previous;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
  end if;

  if cardinality(c_append) > 0 and true = any (c_exclusive) then
    select array_agg(c.i), array_agg(4), array_agg(held.position), array_agg(c.name), array_agg(held.owner)
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name, more.bad_owner
      from unnest(c_append, c_name, c_owner, c_exclusive) as c(i, name, owner, exclusive)
     cross join lateral (
             select h.owner, h.position
               from es.claims h
              where h.shard = in_shard
                and h.tenant = a_tenant[c.i]
                and h.name = c.name
                and h.owner <> c.owner
                and not exists (
                      select
                        from unnest(r_append, r_name, r_owner) as r(i, name, owner)
                       where r.i = c.i
                         and r.name = h.name
                         and r.owner = h.owner
                    )
              order by h.position, h.owner
              limit 1
           ) held
     where c.exclusive;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
  end if;

  -- What was sealed with a key that is destroyed by now must not enter the log: whoever has the key cached could read it.
  if cardinality(u_append) > 0 then
    select array_agg(u.i), array_agg(6), array_agg(0::bigint), array_agg(u.subject), null
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name, more.bad_owner
      from unnest(u_append, u_subject) as u(i, subject)
     cross join lateral (
             select
               from es.data_keys kept
              where kept.shard = in_shard
                and kept.tenant = a_tenant[u.i]
                and kept.subject = u.subject
                and kept.wrapped is null
              limit 1
           ) destroyed;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
  end if;

  if cardinality(d_append) > 0 then
    select array_agg(d.i), array_agg(5), array_agg(0::bigint), array_agg(d.subject), null
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name, more.bad_owner
      from unnest(d_append, d_subject) as d(i, subject)
     cross join lateral (
             select
               from es.data_keys kept
              where kept.shard = in_shard
                and kept.tenant = a_tenant[d.i]
                and kept.subject = d.subject
              limit 1
           ) held;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
    insert into es.data_keys (shard, tenant, subject, wrapped)
    select in_shard, a_tenant[d.i], d.subject, d.wrapped
      from unnest(d_append, d_subject, d_wrapped) as d(i, subject, wrapped)
     where result.bad_append is null
        or d.i <> all (result.bad_append);
  end if;

  if result.bad_append is null then
    insert into es.events (
      shard, position, recorded_at, event_id, tenant, version, schema_version, stream, type, hash, meta, data
    )
    select in_shard, result.head + x.j, x.at, x.id, a_tenant[x.i], x.version, x.schema_version, s_stream[x.slice],
           x.type, x.hash, x.meta::json, x.data::json
      from unnest(e_append, e_slice, e_version, e_type, e_schema_version, e_at, e_id, e_hash, e_meta, e_data)
           with ordinality as x(i, slice, version, type, schema_version, at, id, hash, meta, data, j);
  else
    insert into es.events (
      shard, position, recorded_at, event_id, tenant, version, schema_version, stream, type, hash, meta, data
    )
    select in_shard, result.head + row_number() over (order by x.j), x.at, x.id, a_tenant[x.i], x.version,
           x.schema_version, s_stream[x.slice], x.type, x.hash, x.meta::json, x.data::json
      from unnest(e_append, e_slice, e_version, e_type, e_schema_version, e_at, e_id, e_hash, e_meta, e_data)
           with ordinality as x(i, slice, version, type, schema_version, at, id, hash, meta, data, j)
     where x.i <> all (result.bad_append);
  end if;

  if cardinality(k_append) > 0 and result.bad_append is null and not true = any (k_finishes) then
    -- None of them has a row: that was asked above, under the lock that all writers of these rows take.
    insert into es.idempotency (shard, tenant, key, request_hash, stream, answer, position)
    select in_shard, a_tenant[k.i], k.key, k.request, k.stream, k.answer, result.head + k.reach
      from unnest(k_append, k_key, k_request, k_stream, k_answer, k_reach)
           as k(i, key, request, stream, answer, reach);
  elsif cardinality(k_append) > 0 then
    insert into es.idempotency as kept (shard, tenant, key, request_hash, stream, answer, position)
    select in_shard, a_tenant[k.i], k.key, k.request, k.stream, k.answer,
           result.head + k.reach - coalesce((
             select sum(a_events[b.i])
               from (select distinct u.i from unnest(result.bad_append) as u(i)) b
              where b.i < k.i
           ), 0)
      from unnest(k_append, k_key, k_request, k_stream, k_answer, k_reach)
           as k(i, key, request, stream, answer, reach)
     where result.bad_append is null
        or k.i <> all (result.bad_append)
        on conflict (shard, tenant, key) do update
       set answer = excluded.answer,
           position = excluded.position
     where kept.answer is null;
  end if;

  if cardinality(r_append) > 0 then
    delete from es.claims held
     using unnest(r_append, r_name, r_owner) as r(i, name, owner)
     where held.shard = in_shard
       and held.tenant = a_tenant[r.i]
       and held.name = r.name
       and held.owner = r.owner
       and (result.bad_append is null or r.i <> all (result.bad_append));
  end if;

  if cardinality(c_append) > 0 then
    select array_agg(a.position order by a.i)
      into reached
      from (
             select n.i,
                    result.head + sum(
                      case when result.bad_append is null or n.i <> all (result.bad_append) then n.events else 0 end
                    ) over (order by n.i) as position
               from unnest(a_events) with ordinality as n(events, i)
           ) a;
    insert into es.claims (shard, tenant, name, owner, position)
    select in_shard, a_tenant[c.i], c.name, c.owner, reached[c.i]
      from unnest(c_append, c_name, c_owner) as c(i, name, owner)
     where result.bad_append is null
        or c.i <> all (result.bad_append)
        -- Its owner claims the name again: it holds it already.
        on conflict do nothing;
  end if;

  if cardinality(x_append) > 0 then
    update es.data_keys kept
       set wrapped = null,
           shredded_at = clock_timestamp()
      from unnest(x_append, x_subject) as x(i, subject)
     where kept.shard = in_shard
       and kept.tenant = a_tenant[x.i]
       and kept.subject = x.subject
       and kept.wrapped is not null
       and (result.bad_append is null or x.i <> all (result.bad_append));
  end if;

  return result;
end
$$;

-- The refusals found so far and some more; the first reason for an append is the one that its caller is told.
create function es.with_more(result es.appended, more es.appended)
returns es.appended
language sql
immutable
as $$
  select row(
    result.head,
    result.bad_append || more.bad_append,
    result.bad_kind || more.bad_kind,
    result.bad_value || more.bad_value,
    result.bad_name || more.bad_name,
    result.bad_owner || coalesce(more.bad_owner, array_fill(null::text, array[cardinality(more.bad_append)])),
    result.bad_answer || array_fill(null::bytea, array[cardinality(more.bad_append)]),
    result.bad_at || array_fill(null::timestamptz, array[cardinality(more.bad_append)])
  )::es.appended
$$;

-- The server's own role reads the log and appends by the function alone. Where the migrating user may not create
-- roles (some hosted databases), the trigger on es.events still refuses every change.

do $$
begin
  if not exists (select from pg_roles where rolname = 'peaswap_app') then
    begin
      create role peaswap_app nologin;
    exception
      -- Roles belong to the whole server: another database's migration may be creating it at this moment.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then null;
    end;
  end if;
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    revoke all on function es.append from public;
    grant usage on schema es to peaswap_app;
    grant select on all tables in schema es to peaswap_app;
    grant insert on es.tenants to peaswap_app;
    grant insert, update, delete on es.checkpoints to peaswap_app;
    grant delete on es.idempotency to peaswap_app;
    grant update (wrapped, shredded_at) on es.data_keys to peaswap_app;
    grant execute on function es.append to peaswap_app;
    grant execute on function es.with_more to peaswap_app;
    begin
      execute format('grant peaswap_app to %I', current_user);
    exception
      when insufficient_privilege then null;
      -- Two migrations of one server may grant it at the same moment.
      when internal_error or unique_violation or duplicate_object then null;
    end;
  end if;
end
$$;

-- When something was last seen in use, to the minute. No fact of the log: nothing is decided by it.
create table es.seen (
  shard integer not null,
  tenant integer not null,
  name text collate "C" not null,
  seen_at timestamptz not null,
  primary key (shard, tenant, name)
)
with (fillfactor = 50);

do $$
begin
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    grant select, insert, update on es.seen to peaswap_app;
  end if;
end
$$;

-- Signed seals over the positions of the log. The chain of a stream shows that its events are what they were; that its
-- last ones, or whole streams, were cut off or written anew with new hashes, only these show.

create table es.seals (
  shard integer not null,
  -- Dense in each shard: 1, 2, 3 …
  number bigint not null check (number > 0),
  -- It covers the positions after that of the seal before it, up to and with this one.
  position bigint not null check (position > 0),
  sealed_at timestamptz not null,
  -- Root of the Merkle tree over positions and hashes of the events.
  root bytea not null,
  -- SHA-256 over all of the above and the hash of the seal before it.
  hash bytea not null,
  -- Ed25519, over the hash, by a key that the database never sees.
  signature bytea not null,
  primary key (shard, number)
);

create function es.refuse_change_of_seal()
returns trigger
language plpgsql
as $$
begin
  raise exception 'es.seals is append-only'
    using errcode = 'insufficient_privilege';
end
$$;

create trigger seals_are_append_only
before update or delete or truncate on es.seals
for each statement
execute function es.refuse_change_of_seal();

do $$
begin
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    grant select, insert on es.seals to peaswap_app;
  end if;
end
$$;

-- Secrets of others that the server must use itself, such as what opens an account at a payment provider: sealed by the
-- master key, never in the log. A secret is never changed; a new one has another id, and the old one is removed.

create table es.secrets (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  sealed bytea not null,
  kept_at timestamptz not null default now(),
  primary key (shard, tenant, id)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    grant select, insert, delete on es.secrets to peaswap_app;
  end if;
end
$$;

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
-- What was sent of an event, to whichever endpoint.
create index deliveries_of_event on webhooks.deliveries (shard, event, id);
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

-- Work that somebody asked the workers for: a rebuild, a verification. No fact of the business; kept so that everybody
-- sees who asked for what, and what came of it.
create table es.jobs (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  kind text collate "C" not null,
  -- What it is done to, such as the name of a read model.
  subject text collate "C" not null,
  asked_by text collate "C" not null,
  asked_at timestamptz not null,
  tries integer not null default 0,
  started_at timestamptz,
  -- While it is done, whoever does it says so again and again; from a worker that died another one takes over.
  seen_at timestamptz,
  done bigint not null default 0,
  total bigint not null default 0,
  finished_at timestamptz,
  succeeded boolean,
  outcome text,
  primary key (shard, tenant, id)
);

-- The same is not done twice at once.
create unique index jobs_under_way on es.jobs (kind, subject) where finished_at is null;
create index jobs_newest on es.jobs (asked_at);

do $$
begin
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    grant select, insert, update, delete on es.jobs to peaswap_app;
  end if;
end
$$;

-- Methods that were attached by servers of the version before 0012, while they were replaced one by one, have no claim.
-- So workers walk the log once more from its beginning, and stay at its end: `position` says how far they are.
create table es.late_claims (
  shard integer primary key,
  position bigint not null default 0
);

-- One step of that walk, at most so many events; returns how many it went. Doing it twice changes nothing.
create function es.claim_late(in_shard integer, in_events_max integer)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  done bigint;
  until bigint;
begin
  insert into es.late_claims (shard) values (in_shard) on conflict do nothing;
  select l.position into done from es.late_claims l where l.shard = in_shard for update skip locked;
  if done is null then
    return 0;
  end if;
  select least(done + in_events_max, e.position)
    into until
    from es.events e
   where e.shard = in_shard
   order by e.position desc
   limit 1;
  if until is null or until <= done then
    return 0;
  end if;
  insert into es.claims (shard, tenant, name, owner, position)
  select e.shard, e.tenant, 'payment_methods_of:' || (e.data->>'customer'),
         substr(e.stream, length('payment_method-') + 1), e.position
    from es.events e
   where e.shard = in_shard
     and e.position > done
     and e.position <= until
     and e.type = 'payment_method.attached'
     and not exists (
           select
             from es.events later
            where later.shard = in_shard
              and later.tenant = e.tenant
              and later.stream = e.stream
              and later.type = 'payment_method.erased'
         )
      on conflict do nothing;
  update es.late_claims l set position = until where l.shard = in_shard;
  return until - done;
end
$$;

do $$
begin
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    revoke all on function es.claim_late from public;
    grant execute on function es.claim_late to peaswap_app;
  end if;
end
$$;
