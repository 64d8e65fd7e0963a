create index steps_by_subscription on steps (shard, tenant, subscription, happened_at);
