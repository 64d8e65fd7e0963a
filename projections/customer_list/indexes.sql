create index customers_newest on customers (shard, tenant, created_at, id);
create index customers_email on customers (shard, tenant, email_key, created_at, id);
create index customers_name on customers (shard, tenant, (lower(name) collate "C"), id);
create index customers_address on customers (shard, tenant, email_key, id);
create index customers_phone on customers (shard, tenant, phone_key) where phone_key is not null;
create index customers_pieces on customers using gin (pieces) with (fastupdate = off);
