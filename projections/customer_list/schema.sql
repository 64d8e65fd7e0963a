create table customers (
  shard integer not null,
  tenant integer not null,
  id text collate "C" not null,
  created_at timestamptz not null,
  name text not null,
  email text not null,
  phone text,
  metadata jsonb not null,
  -- Letter case does not matter in addresses; nor does anything but digits in phone numbers.
  email_key text collate "C" not null,
  phone_key text collate "C",
  -- Name, address, phone and its digits, in lower case: what a search looks at.
  search text collate "C" not null,
  -- Short pieces of all that, hashed with the tenant.
  pieces integer[] not null,
  primary key (shard, tenant, id)
);

-- The search asks the statistics which pieces are common: those in more than about one row of a thousand.
alter table customers alter column pieces set statistics 500;

-- What several customers share, an address or a phone number, since the second of them came.
create table duplicates (
  shard integer not null,
  tenant integer not null,
  field text not null,
  value text collate "C" not null,
  created_at timestamptz not null,
  -- Where a page of the list ends, made of the field and the oldest customer: the value, and any hash of it, which can
  -- be guessed, would be personal data in a URL.
  id text collate "C" not null,
  primary key (shard, tenant, field, value)
);
