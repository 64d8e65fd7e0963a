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
