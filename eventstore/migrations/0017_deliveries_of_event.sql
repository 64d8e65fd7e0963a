-- What was sent of an event, to whichever endpoint.
create index deliveries_of_event on webhooks.deliveries (shard, event, id);
