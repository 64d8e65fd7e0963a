// The PeaSwap API. The methods come from the table in resources.js, which is generated from the OpenAPI document.

import { paged } from "./pages.js";
import { send } from "./requests.js";
import { RESOURCES } from "./resources.js";
import { verify } from "./webhooks.js";

export * from "./errors.js";
export { verify as verifyWebhook };

const DEFAULTS = { baseUrl: "http://127.0.0.1:8787", timeout: 30_000, maxRetries: 3, headers: {} };
const LAST = new WeakMap();

export class Peaswap {
  constructor(apiKey, options = {}) {
    if (typeof apiKey !== "string" || apiKey === "") throw new TypeError("Peaswap needs an API key: sk_test_…");
    const settings = { ...DEFAULTS, fetch: globalThis.fetch?.bind(globalThis), ...options, apiKey };
    settings.baseUrl = settings.baseUrl.replace(/\/+$/, "");
    if (typeof settings.fetch !== "function") throw new TypeError("There is no fetch here; give one in the options.");
    this.webhooks = { verify };
    Object.assign(this, made(settings, RESOURCES));
  }

  // Status and headers of the answer that an object came in.
  static lastResponse(object) {
    return LAST.get(object) ?? LAST.get(object.answer);
  }
}

export default Peaswap;

function made(settings, table) {
  const entries = Object.entries(table).map(([name, each]) => [
    name,
    Array.isArray(each) ? method(settings, name, each) : made(settings, each),
  ]);
  return Object.fromEntries(entries);
}

function method(settings, name, [http, path, kind]) {
  const ids = path.match(/\{\w+\}/g) ?? [];
  return (...given) => {
    const values = given.slice(0, ids.length);
    const [parameters, options] = given.slice(ids.length);
    const url = ids.reduce((at, id, index) => at.replace(id, part(name, values[index])), path);
    const ask = async (wanted) => {
      const answer = await send(settings, http, url, wanted, options);
      LAST.set(answer.body, { status: answer.status, headers: answer.headers });
      return answer.body;
    };
    return kind === "page" ? paged(ask, parameters) : ask(parameters);
  };
}

function part(name, id) {
  if (typeof id !== "string" || id === "") throw new TypeError(`${name}() needs an id.`);
  return encodeURIComponent(id);
}
