create index settled_broken on settled (shard, position) where received <> paid;
create index balances_broken on balances (shard, position) where balance <> carried;
create index periods_broken on periods (shard, position) where another is not null;
