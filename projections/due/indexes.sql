create index due_next on due (shard, due_at);
