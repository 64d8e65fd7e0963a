// One request: its URL, body and headers, and how often it is sent.

import { ConnectionError, errorOf, TimeoutError } from "./errors.js";

export const VERSION = "0.1.0";
const RETRIED = new Set([409, 429, 500, 502, 503, 504]);
const WAIT_MS = 500;
const WAIT_MS_MAX = 8_000;
const RETRY_AFTER_SECONDS_MAX = 60;

export function query(parameters) {
  const pairs = [];
  for (const [name, value] of Object.entries(parameters ?? {})) add(pairs, name, value);
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

function add(pairs, name, value) {
  if (value === undefined) return;
  if (value === null) pairs.push([name, ""]);
  else if (Array.isArray(value)) value.forEach((each, index) => add(pairs, `${name}[${index}]`, each));
  else if (value instanceof Date) pairs.push([name, Math.floor(value.getTime() / 1000)]);
  else if (typeof value === "object") {
    for (const [key, each] of Object.entries(value)) add(pairs, `${name}[${key}]`, each);
  } else pairs.push([name, value]);
}

// Instants may be given as dates; the API takes Unix seconds.
function body(parameters) {
  return JSON.stringify(parameters ?? {}, function seconds(key, value) {
    const given = this[key];
    return given instanceof Date ? Math.floor(given.getTime() / 1000) : value;
  });
}

export async function randomKey() {
  const name = "node:crypto";
  const crypto = globalThis.crypto ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)).webcrypto;
  return crypto.randomUUID();
}

export async function send(settings, method, path, parameters, options = {}) {
  const writes = method !== "GET";
  const sendsBody = method === "POST" || method === "PUT";
  const headers = {
    Authorization: `Bearer ${options.apiKey ?? settings.apiKey}`,
    Accept: "application/json",
    "X-Peaswap-Client": `javascript/${VERSION}`,
    ...settings.headers,
    ...options.headers,
  };
  if (sendsBody) headers["Content-Type"] = "application/json";
  if (writes) headers["Idempotency-Key"] = options.idempotencyKey ?? (await randomKey());
  const search = sendsBody ? "" : query(parameters);
  const url = settings.baseUrl + path + (search && `?${search}`);
  const request = { method, headers, body: sendsBody ? body(parameters) : undefined };
  const retries = options.maxRetries ?? settings.maxRetries;
  for (let tried = 0; ; tried += 1) {
    let answer;
    try {
      answer = await once(settings, url, request, options);
    } catch (problem) {
      if (!(problem instanceof ConnectionError) || tried >= retries) throw problem;
      await pause(waitMs(tried), options.signal);
      continue;
    }
    if (answer.status < 400) return answer;
    if (tried >= retries || !RETRIED.has(answer.status)) throw errorOf(answer.status, answer.headers, answer.body);
    await pause(retryAfterMs(answer.headers) ?? waitMs(tried), options.signal);
  }
}

async function once(settings, url, request, options) {
  const control = new AbortController();
  const stop = () => control.abort(options.signal.reason);
  if (options.signal?.aborted) throw options.signal.reason;
  options.signal?.addEventListener("abort", stop, { once: true });
  const limit = options.timeout ?? settings.timeout;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    control.abort();
  }, limit);
  try {
    const response = await settings.fetch(url, { ...request, signal: control.signal });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text, response) };
  } catch (cause) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (late) throw new TimeoutError(`No answer within ${limit} ms.`, { cause });
    throw new ConnectionError(`The server was not reached: ${cause.message}`, { cause });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
  }
}

function parsed(text, response) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Something before the server answered, such as a proxy; or the answer broke off.
    if (response.status >= 400) return undefined;
    throw new ConnectionError("The answer is not JSON.", { cause });
  }
}

// Half of the wait is fixed and half is random, so that clients that failed together do not come back together.
function waitMs(tried) {
  const wait = Math.min(WAIT_MS * 2 ** tried, WAIT_MS_MAX);
  return wait / 2 + (Math.random() * wait) / 2;
}

function retryAfterMs(headers) {
  const seconds = Number(headers.get("retry-after") ?? NaN);
  return seconds >= 0 && seconds <= RETRY_AFTER_SECONDS_MAX ? seconds * 1000 : undefined;
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    return signal?.addEventListener("abort", stop, { once: true });
  });
}
