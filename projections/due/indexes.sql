create index due_next on due (shard, due_at) where clock is null;
create index due_on_clock on due (shard, tenant, clock, due_at) where clock is not null;
create index states_subject on states (shard, tenant, subject, category, id) where subject <> id;
