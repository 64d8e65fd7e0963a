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
