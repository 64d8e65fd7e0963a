// Deliveries that the server signed, as the JavaScript SDK sees them. DELIVERY is made by tests/sdks/test_webhooks.py.
import assert from "node:assert/strict";
import { test } from "node:test";

import Peaswap, { SignatureVerificationError, verifyWebhook } from "peaswap";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

const { body, headers, fresh, secret, old, other, at } = JSON.parse(process.env.DELIVERY);
const now = at * 1000;
const { webhooks } = new Peaswap("sk_test_1");

const without = (name) => Object.fromEntries(Object.entries(headers).filter(([key]) => !key.startsWith(name)));
const forms = { "Standard Webhooks": without("peaswap-"), "Stripe's form": without("webhook-") };

for (const [form, signed] of Object.entries(forms)) {
  test(`${form}: a good delivery is the event`, async () => {
    for (const each of [secret, old, [other, old]]) {
      assert.equal((await webhooks.verify(body, signed, each, { now })).type, "customer.created");
    }
    assert.equal((await verifyWebhook(new TextEncoder().encode(body), new Headers(signed), secret, { now })).id, "evt_1");
  });

  test(`${form}: a changed byte, a wrong secret, an old delivery`, async () => {
    const refused = [
      () => webhooks.verify(body.replace("Ada", "Eve"), signed, secret, { now }),
      () => webhooks.verify(body, signed, other, { now }),
      () => webhooks.verify(body, signed, secret, { now: now + 301_000 }),
      () => webhooks.verify(body, signed, secret, { now: now - 301_000 }),
      () => webhooks.verify(body, {}, secret, { now }),
      () => webhooks.verify(body, signed, secret),
    ];
    for (const each of refused) await assert.rejects(each, SignatureVerificationError);
    await webhooks.verify(body, signed, secret, { now: now + 301_000, tolerance: 400 });
  });
}

test("the official libraries of both forms verify it", () => {
  const stripe = new Stripe("sk_test_1").webhooks;
  const signature = fresh["peaswap-signature"];
  for (const each of [secret, old]) {
    assert.equal(new Webhook(each).verify(body, fresh).id, "evt_1");
    assert.equal(stripe.constructEvent(body, signature, each).id, "evt_1");
  }
  assert.throws(() => new Webhook(other).verify(body, fresh));
  assert.throws(() => new Webhook(secret).verify(`${body} `, fresh));
  assert.throws(() => new Webhook(secret).verify(body, headers));
  assert.throws(() => stripe.constructEvent(body, signature, other));
  assert.throws(() => stripe.constructEvent(`${body} `, signature, secret));
  assert.throws(() => stripe.constructEvent(body, headers["peaswap-signature"], secret));
});
