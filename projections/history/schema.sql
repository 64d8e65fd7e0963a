-- Which streams belong to a customer. The events themselves are read from the log.
create table streams (
  shard integer not null,
  tenant integer not null,
  customer text collate "C" not null,
  stream text collate "C" not null,
  since_position bigint not null,
  primary key (shard, tenant, customer, stream)
);
