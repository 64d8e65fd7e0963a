// Webhooks: whether a body was signed with the endpoint's secret, in either of the two forms that every delivery has.

import { SignatureVerificationError } from "./errors.js";

export const TOLERANCE_SECONDS = 300;
const PREFIX = "whsec_";
const encoder = new TextEncoder();

async function subtle() {
  const name = "node:crypto";
  const crypto = globalThis.crypto ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)).webcrypto;
  return crypto.subtle;
}

/**
 * The event in a webhook's body. Throws SignatureVerificationError when none of the signatures is made with the secret,
 * or with one of the secrets while one is being rolled, or when the delivery is older than the tolerance.
 */
export async function verify(payload, headers, secret, { tolerance = TOLERANCE_SECONDS, now = Date.now() } = {}) {
  const bytes = typeof payload === "string" ? encoder.encode(payload) : new Uint8Array(payload);
  const header = reader(headers);
  const secrets = [secret].flat();
  const standard = header("webhook-signature");
  const own = header("peaswap-signature");
  if (standard === undefined && own === undefined) throw new SignatureVerificationError("There is no signature.");
  const good = standard === undefined ? await ownForm(own, bytes, secrets) : await standardForm(header, bytes, secrets);
  if (!good.signed) throw new SignatureVerificationError("No signature was made with this secret for this body.");
  if (Math.abs(now / 1000 - good.at) > tolerance) {
    throw new SignatureVerificationError("The delivery is too old, or the clocks differ too much.");
  }
  return JSON.parse(new TextDecoder().decode(bytes));
}

function reader(headers) {
  if (typeof headers?.get === "function") return (name) => headers.get(name) ?? undefined;
  const lower = new Map();
  for (const [name, value] of Object.entries(headers ?? {})) lower.set(name.toLowerCase(), [value].flat()[0]);
  return (name) => lower.get(name);
}

// Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`, keyed by the decoded secret, in base64.
async function standardForm(header, bytes, secrets) {
  const [id, at] = [header("webhook-id"), header("webhook-timestamp")];
  if (id === undefined || !/^\d+$/.test(at ?? "")) throw new SignatureVerificationError("The headers are incomplete.");
  const signatures = header("webhook-signature")
    .split(" ")
    .filter((each) => each.startsWith("v1,"))
    .map((each) => fromBase64(each.slice(3)));
  const signed = joined(encoder.encode(`${id}.${at}.`), bytes);
  return { at: Number(at), signed: await anyMade(signatures, signed, secrets.map(decoded)) };
}

// Stripe's form: HMAC-SHA256 of `timestamp.body`, keyed by the whole text of the secret, in hex.
async function ownForm(header, bytes, secrets) {
  const parts = header.split(",").map((part) => part.trim().split("=", 2));
  const at = parts.find(([name]) => name === "t")?.[1];
  if (!/^\d+$/.test(at ?? "")) throw new SignatureVerificationError("The signature has no time.");
  const signatures = parts.filter(([name]) => name === "v1").map(([, hex]) => fromHex(hex));
  const signed = joined(encoder.encode(`${at}.`), bytes);
  return { at: Number(at), signed: await anyMade(signatures, signed, secrets.map((secret) => encoder.encode(secret))) };
}

// subtle.verify compares in constant time.
async function anyMade(signatures, signed, keys) {
  const crypto = await subtle();
  let made = false;
  for (const raw of keys) {
    const key = await crypto.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const signature of signatures) made = (await crypto.verify("HMAC", key, signature, signed)) || made;
  }
  return made;
}

function decoded(secret) {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  return fromBase64(text);
}

function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new SignatureVerificationError("A signature or secret is not base64.", { cause });
  }
}

function fromHex(text) {
  const pairs = /^([0-9a-f]{2})*$/i.test(text ?? "") ? text.match(/../g) ?? [] : [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

function joined(first, second) {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
