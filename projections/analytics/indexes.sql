create index contributions_customer on contributions (shard, tenant, customer, currency, metric, happened_at)
 where customer is not null;
