create table customers (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  created_at timestamptz not null,
  name text not null,
  email text not null,
  phone text,
  -- Letter case does not matter in addresses; nor does anything but digits in phone numbers.
  email_key text collate "C" not null,
  phone_key text collate "C",
  -- Everything that a search looks at, in lower case.
  search text collate "C" not null,
  primary key (shard, tenant, id)
);
