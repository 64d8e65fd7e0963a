// The JavaScript SDK against the real server.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import Peaswap, * as sdk from "peaswap";

const peaswap = new Peaswap(process.env.PEASWAP_API_KEY, { baseUrl: process.env.PEASWAP_URL, timeout: 60_000 });
const ada = { name: "Ada", email: "ada@example.com" };

async function ids(list) {
  const found = [];
  for await (const each of list) found.push(each.id);
  return found;
}

test("customers: create, retrieve, update, list, search, del", async () => {
  const tag = randomUUID();
  const made = [];
  for (let n = 0; n < 5; n += 1) made.unshift((await peaswap.customers.create({ ...ada, metadata: { tag } })).id);
  const changed = await peaswap.customers.update(made[0], { phone: "+1234567890" });
  assert.deepEqual(await peaswap.customers.retrieve(made[0]), changed);
  const query = `metadata["tag"]:"${tag}"`;
  assert.deepEqual(await ids(peaswap.customers.search({ query, limit: 2 })), made);
  const page = await peaswap.customers.search({ query, limit: 2 });
  assert.deepEqual([page.data.length, page.has_more, (await page.nextPage()).data[0].id], [2, true, made[2]]);
  assert.deepEqual((await peaswap.customers.list({ limit: 2 }).toArray({ limit: 5 })).map((each) => each.id), made);
  assert.deepEqual(await ids(peaswap.customers.list({ created: { lt: new Date(0) } })), []);
  // The other way: towards newer ones, the nearest first.
  const newer = await ids(peaswap.customers.list({ ending_before: made.at(-1), limit: 1 }));
  assert.deepEqual(newer.slice(0, made.length - 1), made.slice(0, -1).reverse());
  assert.equal((await peaswap.customers.del(made[0])).deleted, true);
  await assert.rejects(peaswap.customers.retrieve(made[0]), (problem) => {
    assert(problem instanceof sdk.NotFoundError && problem instanceof sdk.InvalidRequestError);
    assert.deepEqual([problem.status, problem.code], [404, "resource_missing"]);
    assert.match(problem.requestId, /^req_/);
    return true;
  });
});

test("payments and refunds", async () => {
  const customer = await peaswap.customers.create(ada);
  const held = await peaswap.payments.create({
    amount: 2500,
    currency: "usd",
    customer: customer.id,
    capture_method: "MANUAL",
  });
  assert.equal(held.status, "REQUIRES_CAPTURE");
  const taken = await peaswap.payments.capture(held.id, { amount: 2000, expand: ["customer"] });
  assert.deepEqual([taken.status, taken.customer.email], ["SUCCEEDED", ada.email]);
  assert.equal((await peaswap.refunds.create({ payment: held.id })).amount, 2000);
  const other = await peaswap.payments.create({ amount: 100, currency: "usd", confirm: false });
  assert.equal((await peaswap.payments.confirm(other.id, { payment_method: "pm_card_visa" })).status, "SUCCEEDED");
  assert.deepEqual(await ids(peaswap.payments.list({ customer: customer.id, status: "SUCCEEDED" })), [held.id]);
});

test("subscriptions, invoices, test clocks", async () => {
  const clock = await peaswap.testHelpers.testClocks.create({ frozen_time: new Date("2022-01-01T00:00:00Z") });
  const customer = await peaswap.customers.create({ ...ada, test_clock: clock.id });
  assert.deepEqual([customer.created, customer.updated], [1640995200, 1640995200]);
  const card = await peaswap.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  const price = await peaswap.prices.create({
    currency: "usd",
    unit_amount: 1000,
    recurring: { interval: "MONTH" },
    product_data: { name: "Gold" },
  });
  const started = await peaswap.subscriptions.create({ customer: customer.id, price: price.id });
  assert.equal(started.status, "INCOMPLETE");
  const paid = await peaswap.invoices.pay(started.latest_invoice, { payment_method: card.id });
  assert.equal(paid.status, "PAID");
  assert.deepEqual((await peaswap.invoices.lines(paid.id)).data.map((line) => line.amount), [1000]);
  assert.equal((await peaswap.subscriptions.pause(started.id)).status, "PAUSED");
  assert.equal((await peaswap.subscriptions.resume(started.id)).status, "ACTIVE");
  assert.equal((await peaswap.subscriptions.cancel(started.id)).status, "CANCELED");
});

test("errors by class, idempotency keys, options", async () => {
  await assert.rejects(peaswap.customers.create({ ...ada, shoe_size: 9 }), { param: "shoe_size" });
  const bad = { amount: 100, currency: "usd", payment_method: "pm_card_visa_chargeDeclined" };
  await assert.rejects(peaswap.payments.create(bad), (problem) => {
    assert(problem instanceof sdk.CardError);
    assert.deepEqual([problem.declineCode, problem.payment.status], ["generic_decline", "FAILED"]);
    return true;
  });
  await assert.rejects(peaswap.customers.list({}, { apiKey: "sk_test_wrong" }), sdk.AuthenticationError);
  const idempotencyKey = randomUUID();
  const first = await peaswap.customers.create(ada, { idempotencyKey });
  const same = await peaswap.customers.create(ada, { idempotencyKey });
  assert.equal(same.id, first.id);
  assert.equal(Peaswap.lastResponse(await peaswap.customers.list({ limit: 1 })).status, 200);
  assert.equal(Peaswap.lastResponse(same).headers.get("idempotent-replayed"), "true");
  const other = peaswap.customers.create({ ...ada, name: "Bob" }, { idempotencyKey });
  await assert.rejects(other, sdk.IdempotencyError);
  const restricted = await peaswap.apiKeys.create({ permissions: { customers: "read" } });
  const refused = peaswap.payments.create({ amount: 1, currency: "usd" }, { apiKey: restricted.secret });
  await assert.rejects(refused, sdk.PermissionError);
  assert.throws(() => peaswap.customers.retrieve(undefined), TypeError);
  assert.throws(() => new Peaswap(""), TypeError);
});

test("connections: lost, too slow, called off", async () => {
  const nobody = new Peaswap("sk_test_1", { baseUrl: "http://127.0.0.1:9", maxRetries: 0 });
  await assert.rejects(nobody.customers.list(), sdk.ConnectionError);
  const silent = (_url, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const slow = new Peaswap("sk_test_1", { fetch: silent, timeout: 20, maxRetries: 0 });
  await assert.rejects(slow.account.retrieve(), sdk.TimeoutError);
  const reason = new Error("No longer wanted.");
  const wait = slow.account.retrieve({}, { timeout: 60_000, signal: AbortSignal.abort(reason) });
  await assert.rejects(wait, (problem) => problem === reason);
});
