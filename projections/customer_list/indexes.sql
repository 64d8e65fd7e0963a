create index customers_newest on customers (shard, tenant, created_at, id);
create index customers_email on customers (shard, tenant, email_key, created_at, id);
create index customers_name on customers (shard, tenant, (lower(name) collate "C"), id);
create index customers_address on customers (shard, tenant, email_key, id);
create index customers_phone on customers (shard, tenant, phone_key, created_at, id) where phone_key is not null;
-- A row has a hundred pieces. What is new waits in a short list that every search reads too, and goes into the index
-- together: several times as fast as piece by piece, and no search is the slower for it.
create index customers_pieces on customers using gin (pieces)
  with (fastupdate = on, gin_pending_list_limit = 256);
create index duplicates_newest on duplicates (shard, tenant, created_at, id);
-- Not unique: while one statement writes, a customer may be the oldest of the group it leaves and of the one it joins.
create index duplicates_id on duplicates (shard, tenant, id);
-- From now on each look at a value is by index; what the bulk of a rebuild has made shared is found in one go.
insert into duplicates (shard, tenant, field, value, created_at, id)
select shard, tenant, 'email', email_key, created_at, 'dup_email_' || oldest
  from (
    select shard, tenant, email_key, created_at, row_number() over by_age as place, lag(id) over by_age as oldest
      from customers
    window by_age as (partition by shard, tenant, email_key order by created_at, id)
  ) c
 where place = 2
 union all
select shard, tenant, 'phone', phone_key, created_at, 'dup_phone_' || oldest
  from (
    select shard, tenant, phone_key, created_at, row_number() over by_age as place, lag(id) over by_age as oldest
      from customers
     where phone_key is not null
    window by_age as (partition by shard, tenant, phone_key order by created_at, id)
  ) c
 where place = 2;
