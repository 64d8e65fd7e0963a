create index objects_newest on objects (shard, tenant, category, created_at, id) where not gone;
create index filters_newest on filters (shard, tenant, category, field, value, created_at, id);
create index objects_subject on objects (shard, tenant, subject, category, id) where subject <> id;
