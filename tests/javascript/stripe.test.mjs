// Stripe's JavaScript library, pointed at a running server.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import Stripe from "stripe";

const at = new URL(process.env.PEASWAP_URL);
const reach = { host: at.hostname, port: at.port, protocol: "http", maxNetworkRetries: 2, timeout: 60_000 };
const stripe = new Stripe(process.env.PEASWAP_API_KEY, reach);

const JANUARY_2024 = 1704067200;
const FEBRUARY_2024 = 1706745600;

async function all(list) {
  const ids = [];
  for await (const each of list) ids.push(each.id);
  return ids;
}

async function customerWithCard() {
  const customer = await stripe.customers.create({ name: "Ada", email: "ada@example.com" });
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  return stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } });
}

const monthly = () =>
  stripe.prices.create({
    currency: "usd",
    unit_amount: 2000,
    recurring: { interval: "month" },
    product_data: { name: "Gold" },
  });

test("customers: create, retrieve, update, list, search, delete", async () => {
  const tag = randomUUID();
  const ids = [];
  for (let n = 0; n < 5; n += 1) {
    const made = await stripe.customers.create({ name: "Jenny", email: `${tag}@example.com`, metadata: { tag } });
    ids.unshift(made.id);
  }
  const changed = await stripe.customers.update(ids[0], { phone: "+1234567890", metadata: { tier: "gold" } });
  assert.deepEqual({ ...(await stripe.customers.retrieve(ids[0])) }, { ...changed });
  assert.equal(changed.metadata.tier, "gold");
  assert.deepEqual(await all(stripe.customers.list({ email: `${tag}@example.com`, limit: 2 })), ids);
  assert.deepEqual(await all(stripe.customers.search({ query: `metadata["tag"]:"${tag}"`, limit: 2 })), ids);
  assert.equal((await stripe.customers.del(ids[0])).deleted, true);
  await assert.rejects(stripe.customers.retrieve(ids[0]), (problem) => {
    assert(problem instanceof Stripe.errors.StripeInvalidRequestError);
    assert.deepEqual([problem.statusCode, problem.code], [404, "resource_missing"]);
    return true;
  });
});

test("payment methods", async () => {
  const customer = await customerWithCard();
  const card = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_mastercard" } });
  await stripe.paymentMethods.attach(card.id, { customer: customer.id });
  const changed = await stripe.paymentMethods.update(card.id, { metadata: { own: "yes" } });
  assert.equal(changed.metadata.own, "yes");
  assert.equal((await stripe.paymentMethods.retrieve(card.id)).card.brand, "mastercard");
  const ids = [card.id, customer.default_payment_method];
  assert.deepEqual(await all(stripe.paymentMethods.list({ customer: customer.id, type: "card" })), ids);
  assert.deepEqual(await all(stripe.customers.listPaymentMethods(customer.id, { limit: 1 })), ids);
  assert.equal((await stripe.paymentMethods.detach(card.id)).customer, null);
});

test("products and prices", async () => {
  const key = randomUUID();
  const product = await stripe.products.create({ name: "Starter", metadata: { key } });
  await stripe.products.update(product.id, { name: "Starter Plan" });
  const price = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    recurring: { interval: "year" },
    billing_scheme: "tiered",
    tiers_mode: "volume",
    tiers: [{ up_to: 10, unit_amount: 500 }, { up_to: "inf", unit_amount: 400 }],
    lookup_key: key,
  });
  const found = await stripe.prices.retrieve(price.id, { expand: ["product"] });
  assert.deepEqual([found.product.name, found.tiers_mode], ["Starter Plan", "VOLUME"]);
  assert.deepEqual(await all(stripe.prices.list({ lookup_keys: [key] })), [price.id]);
  assert.deepEqual(await all(stripe.prices.search({ query: `lookup_key:"${key}"` })), [price.id]);
  assert.deepEqual(await all(stripe.products.search({ query: `metadata["key"]:"${key}"` })), [product.id]);
  assert.equal((await stripe.prices.update(price.id, { nickname: "Yearly" })).nickname, "Yearly");
  assert((await all(stripe.products.list({ active: true, limit: 3 }))).includes(product.id));
  const unused = await stripe.products.create({ name: "Unused" });
  assert.equal((await stripe.products.del(unused.id)).deleted, true);
});

test("subscriptions and their invoices", async () => {
  const [customer, price] = [await customerWithCard(), await monthly()];
  const started = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id, quantity: 2 }],
    payment_behavior: "default_incomplete",
    expand: ["latest_invoice"],
  });
  assert.deepEqual([started.status, started.latest_invoice.status], ["INCOMPLETE", "OPEN"]);
  const paid = await stripe.invoices.pay(started.latest_invoice.id, { expand: ["subscription"] });
  assert.deepEqual([paid.status, paid.subscription.status], ["PAID", "ACTIVE"]);
  const [item] = started.items.data;
  const changed = await stripe.subscriptions.update(started.id, {
    items: [{ id: item.id, quantity: 3 }],
    proration_behavior: "none",
  });
  assert.equal(changed.items.data[0].quantity, 3);
  assert.equal((await stripe.subscriptions.retrieve(started.id)).items.data[0].quantity, 3);
  assert.deepEqual(await all(stripe.subscriptions.list({ customer: customer.id, status: "all" })), [started.id]);
  const query = `customer:"${customer.id}" AND status:"active"`;
  assert.deepEqual(await all(stripe.subscriptions.search({ query })), [started.id]);
  assert.equal((await stripe.subscriptions.cancel(started.id)).status, "CANCELED");
});

test("invoices", async () => {
  const customer = await customerWithCard();
  await stripe.invoiceItems.create({ customer: customer.id, amount: 1500, currency: "usd", description: "Set-up" });
  const made = await stripe.invoices.create({
    customer: customer.id,
    collection_method: "send_invoice",
    days_until_due: 30,
    pending_invoice_items_behavior: "include",
  });
  await stripe.invoices.update(made.id, { description: "March" });
  assert.equal((await stripe.invoices.finalizeInvoice(made.id)).status, "OPEN");
  assert.equal((await stripe.invoices.markUncollectible(made.id)).status, "UNCOLLECTIBLE");
  assert.equal((await stripe.invoices.pay(made.id, { paid_out_of_band: true })).status, "PAID");
  assert.equal((await stripe.invoices.retrieve(made.id)).description, "March");
  assert.deepEqual(await all(stripe.invoices.list({ customer: customer.id, status: "paid" })), [made.id]);
  assert.deepEqual(await all(stripe.invoices.search({ query: `customer:"${customer.id}"` })), [made.id]);
});

test("payment intents and refunds", async () => {
  const customer = await customerWithCard();
  const made = await stripe.paymentIntents.create({
    amount: 2500,
    currency: "usd",
    customer: customer.id,
    capture_method: "manual",
    automatic_payment_methods: { enabled: true },
  });
  assert.equal(made.status, "REQUIRES_CONFIRMATION");
  assert.equal((await stripe.paymentIntents.confirm(made.id)).status, "REQUIRES_CAPTURE");
  assert.equal((await stripe.paymentIntents.capture(made.id, { amount_to_capture: 2000 })).amount_received, 2000);
  const refund = await stripe.refunds.create({ payment_intent: made.id, reason: "duplicate" });
  assert.deepEqual([refund.amount, refund.status], [2000, "SUCCEEDED"]);
  assert.deepEqual(await all(stripe.refunds.list({ payment_intent: made.id })), [refund.id]);
  const other = await stripe.paymentIntents.create({ amount: 900, currency: "usd", customer: customer.id });
  assert.equal((await stripe.paymentIntents.cancel(other.id)).status, "CANCELED");
  assert.deepEqual(await all(stripe.paymentIntents.list({ customer: customer.id, limit: 1 })), [other.id, made.id]);
});

test("events", async () => {
  const customer = await customerWithCard();
  const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: (await monthly()).id }] });
  const [event] = (await stripe.events.list({ type: "customer.subscription.created", limit: 1 })).data;
  assert.deepEqual([event.type, event.data.object.id], ["subscription.created", made.id]);
  assert.equal((await stripe.events.retrieve(event.id)).data.object.id, made.id);
});

test("webhook endpoints", async () => {
  const url = "https://93.184.215.14/stripe";
  const made = await stripe.webhookEndpoints.create({ url, enabled_events: ["invoice.voided"] });
  assert.match(made.secret, /^whsec_/);
  const stopped = await stripe.webhookEndpoints.update(made.id, { disabled: true, description: "Old" });
  assert.deepEqual([stopped.status, stopped.description], ["DISABLED", "Old"]);
  assert.equal((await stripe.webhookEndpoints.retrieve(made.id)).url, url);
  assert((await all(stripe.webhookEndpoints.list({ limit: 1 }))).includes(made.id));
  assert.equal((await stripe.webhookEndpoints.del(made.id)).deleted, true);
});

test("errors come as the classes of the library", async () => {
  const bad = { amount: 2500, currency: "usd", payment_method: "pm_card_visa_chargeDeclined", confirm: true };
  await assert.rejects(stripe.paymentIntents.create(bad), (problem) => {
    assert(problem instanceof Stripe.errors.StripeCardError);
    assert.deepEqual([problem.code, problem.decline_code], ["card_declined", "generic_decline"]);
    return true;
  });
  await assert.rejects(stripe.customers.create({ name: "A", email: "a@example.com", shoe_size: 9 }), (problem) => {
    assert(problem instanceof Stripe.errors.StripeInvalidRequestError);
    assert.equal(problem.param, "shoe_size");
    assert.match(problem.requestId, /^req_/);
    return true;
  });
  const other = new Stripe("sk_test_wrong", { ...reach, maxNetworkRetries: 0 });
  await assert.rejects(other.customers.list(), Stripe.errors.StripeAuthenticationError);
  const idempotencyKey = randomUUID();
  await stripe.customers.create({ name: "A", email: "a@example.com" }, { idempotencyKey });
  const again = stripe.customers.create({ name: "B", email: "a@example.com" }, { idempotencyKey });
  await assert.rejects(again, Stripe.errors.StripeIdempotencyError);
});

test("time passes on a test clock", async () => {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: JANUARY_2024 });
  const customer = await stripe.customers.create({ name: "Ada", email: "a@example.com", test_clock: clock.id });
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: (await monthly()).id }],
    default_payment_method: card.id,
    payment_behavior: "error_if_incomplete",
  });
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: FEBRUARY_2024 + 60 });
  const until = Date.now() + 300_000;
  while ((await stripe.testHelpers.testClocks.retrieve(clock.id)).status !== "READY" && Date.now() < until) {
    await pause(100);
  }
  const invoices = await stripe.invoices.list({ subscription: subscription.id });
  assert.deepEqual(invoices.data.map((each) => each.billing_reason), ["SUBSCRIPTION_CYCLE", "SUBSCRIPTION_CREATE"]);
  assert.equal((await stripe.testHelpers.testClocks.del(clock.id)).deleted, true);
});
