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
