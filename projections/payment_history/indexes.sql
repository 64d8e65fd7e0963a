create index payments_newest on payments (shard, tenant, created_at, id);
create index payments_customer on payments (shard, tenant, customer, created_at, id) where customer is not null;
create index payments_status on payments (shard, tenant, status, created_at, id);
create index payments_subscription on payments (shard, tenant, subscription, created_at, id)
 where subscription is not null;
create index payments_invoice on payments (shard, tenant, invoice, created_at, id) where invoice is not null;
