create index feed_by_type on feed (shard, tenant, type, position, place);
create index feed_by_object on feed (shard, tenant, object_id, position, place);
create index feed_by_created on feed (shard, tenant, created_at);
