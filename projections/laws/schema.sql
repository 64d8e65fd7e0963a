-- What must agree, beside each other. `position` is where the log last changed a row: what belongs together is one
-- append, so that a row can only be called broken once the whole append has been read.

-- A payment that was made for an invoice: what the gateway took, and what the invoice says was paid by it.
create table settled (
  shard integer not null,
  tenant integer not null,
  payment text collate "C" not null,
  invoice text collate "C" not null,
  currency text not null,
  received bigint not null default 0,
  paid bigint not null default 0,
  position bigint not null,
  primary key (shard, tenant, payment)
);

-- What a refund gives back, and what its payment has set aside for it: nothing, once it failed.
create table refunds (
  shard integer not null,
  tenant integer not null,
  refund text collate "C" not null,
  amount bigint not null default 0,
  aside bigint not null default 0,
  position bigint not null,
  primary key (shard, tenant, refund)
);

-- What each invoice moved on its customer's balance, and whether it has a number.
create table invoices (
  shard integer not null,
  tenant integer not null,
  invoice text collate "C" not null,
  customer text collate "C" not null,
  currency text not null,
  carried bigint not null default 0,
  numbered boolean not null default false,
  primary key (shard, tenant, invoice)
);

-- A customer's balance as the customer says, and as its invoices add up to it.
create table balances (
  shard integer not null,
  tenant integer not null,
  customer text collate "C" not null,
  balance bigint not null default 0,
  carried bigint not null default 0,
  position bigint not null,
  primary key (shard, tenant, customer)
);

-- The last number that was given, how many were, and how many invoices have one.
create table numbers (
  shard integer not null,
  tenant integer not null,
  last bigint not null default 0,
  given bigint not null default 0,
  invoices bigint not null default 0,
  position bigint not null,
  primary key (shard, tenant)
);

-- The invoice of each period of a subscription, and another one that must not be.
create table periods (
  shard integer not null,
  tenant integer not null,
  subscription text collate "C" not null,
  period_start_at timestamptz not null,
  invoice text collate "C" not null,
  another text collate "C",
  position bigint not null,
  primary key (shard, tenant, subscription, period_start_at)
);
