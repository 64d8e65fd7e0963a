create index settled_broken on settled (shard, position) where received <> paid;
create index refunds_broken on refunds (shard, position) where amount <> aside;
create index balances_broken on balances (shard, position) where balance <> carried;
create index periods_broken on periods (shard, position) where another is not null;
