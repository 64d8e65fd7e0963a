// The peer: emmett's Postgres event store, one event per append, with as many writers as asked for.
//
// node emmett_append.mjs WRITERS SECONDS; the database comes by the environment. Prints events per second.

import { randomUUID } from "node:crypto";
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";

const [writers, seconds] = process.argv.slice(2).map(Number);
const store = getPostgreSQLEventStore(process.env.BENCH_DATABASE_URL);
const event = { type: "thing.happened", data: { text: "x".repeat(238) } };
await store.schema.migrate();

let count = 0;
const begun = performance.now();
const write = async () => {
  while (performance.now() < begun + seconds * 1000) {
    await store.appendToStream(`thing-${randomUUID()}`, [event], { expectedStreamVersion: "STREAM_DOES_NOT_EXIST" });
    count += 1;
  }
};
await Promise.all(Array.from({ length: writers }, write));
console.log(count / ((performance.now() - begun) / 1000));
await store.close();
