// What the types of the SDK promise; checked by the TypeScript compiler, never run.
import Peaswap, { CardError, verifyWebhook, type Customer, type Page } from "peaswap";

const peaswap = new Peaswap("sk_test_1", { timeout: 1000 });

const customer: Customer = await peaswap.customers.create(
  { name: "Ada", email: "ada@example.com", metadata: { user_id: 7 } },
  { idempotencyKey: "key" },
);
const email: string = customer.email;
const page: Page<Customer> = await peaswap.customers.list({ created: { gte: 1640995200, lt: new Date() } });
for await (const each of peaswap.subscriptions.list({ status: "ACTIVE" })) {
  const kind: "subscription" = each.object;
  const ends: number = each.current_period_end;
}
const event = await verifyWebhook("{}", new Headers(), ["whsec_1", "whsec_2"]);
const type: string = event.type;
const declined = (problem: CardError): string | undefined => problem.declineCode;
await peaswap.subscriptions.cancel("sub_1");
await peaswap.testHelpers.testClocks.advance("clock_1", { frozen_time: 1640995200 });

// @ts-expect-error An amount is a number.
await peaswap.payments.create({ amount: "2500", currency: "usd" });
// @ts-expect-error There is no such word.
await peaswap.payments.list({ status: "DONE" });
// @ts-expect-error A customer needs an e-mail address.
await peaswap.customers.create({ name: "Ada" });
