create index keys_digest on keys (digest);
create index keys_changed on keys (shard, changed_position);
