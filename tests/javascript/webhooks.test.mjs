// Deliveries that the server sent, as tests/sdks/test_webhooks.py received them: one from before the endpoint's secret was
// rolled, and one from while it was.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import Peaswap, { SignatureVerificationError, verifyWebhook } from "peaswap";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

const { before, rolling, old, secret, other, lateSeconds } = JSON.parse(process.env.DELIVERIES);
const { webhooks } = new Peaswap("sk_test_1");
const { body } = rolling;
const changed = body.replace("Ada", "Eve");
const at = Number(rolling.headers["webhook-timestamp"]) * 1000;

const without = (headers, name) => Object.fromEntries(Object.entries(headers).filter(([key]) => !key.startsWith(name)));
const forms = { "Standard Webhooks": "peaswap-", "Stripe's form": "webhook-" };

for (const [form, left] of Object.entries(forms)) {
  const [earlier, signed] = [before, rolling].map(({ headers }) => without(headers, left));

  test(`${form}: a good delivery is the event`, async () => {
    assert.equal((await webhooks.verify(before.body, earlier, old)).data.object.name, "Zoë 😀");
    for (const each of [secret, old, [other, old]]) {
      assert.equal((await webhooks.verify(body, signed, each)).type, "customer.created");
    }
    assert.equal((await verifyWebhook(new TextEncoder().encode(body), new Headers(signed), secret)).id, rolling.id);
  });

  test(`${form}: a changed byte, a wrong secret, an old delivery`, async () => {
    const refused = [
      () => webhooks.verify(changed, signed, secret),
      () => webhooks.verify(body, signed, other),
      () => webhooks.verify(before.body, earlier, secret),
      () => webhooks.verify(body, signed, secret, { now: at + 301_000 }),
      () => webhooks.verify(body, signed, secret, { now: at - 301_000 }),
      () => webhooks.verify(body, {}, secret),
    ];
    for (const each of refused) await assert.rejects(each, SignatureVerificationError);
    await webhooks.verify(body, signed, secret, { now: at + 301_000, tolerance: 400 });
  });
}

const stripe = new Stripe("sk_test_1");
const official = {
  "standardwebhooks": (delivery, text, key) => new Webhook(key).verify(text, delivery.headers),
  "stripe": (delivery, text, key) =>
    stripe.webhooks.constructEvent(text, delivery.headers["peaswap-signature"], key),
};

for (const [name, verify] of Object.entries(official)) {
  test(`${name} verifies what was sent, and nothing else`, () => {
    assert.equal(verify(before, before.body, old).data.object.name, "Zoë 😀");
    for (const each of [secret, old]) assert.equal(verify(rolling, body, each).id, rolling.id);
    assert.throws(() => verify(rolling, changed, secret), /signature/i);
    assert.throws(() => verify(rolling, body, other), /signature/i);
    assert.throws(() => verify(before, before.body, secret), /signature/i);
    mock.timers.enable({ apis: ["Date"], now: at + lateSeconds * 1000 });
    try {
      assert.throws(() => verify(rolling, body, secret), /timestamp/i);
    } finally {
      mock.timers.reset();
    }
  });
}
