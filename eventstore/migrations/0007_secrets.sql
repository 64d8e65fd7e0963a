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
