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
