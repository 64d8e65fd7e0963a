create index customers_newest on customers (shard, tenant, created_at, id);
create index customers_email on customers (shard, tenant, email_key, created_at, id);
create index customers_name on customers (shard, tenant, (lower(name) collate "C"), id);
create index customers_address on customers (shard, tenant, email_key, id);
create index customers_phone on customers (shard, tenant, phone_key) where phone_key is not null;
-- A row has a hundred pieces. What is new waits in a short list that every search reads too, and goes into the index
-- together: several times as fast as piece by piece, and no search is the slower for it.
create index customers_pieces on customers using gin (pieces)
  with (fastupdate = on, gin_pending_list_limit = 256);
