import Peaswap from "peaswap";

const options = { baseUrl: process.env.PEASWAP_URL, maxRetries: Number(process.env.RETRIES) };
const peaswap = new Peaswap(process.env.PEASWAP_API_KEY, options);
await peaswap.customers.create({ name: "Ada", email: "ada@example.com", metadata: { tag: process.env.TAG } });
