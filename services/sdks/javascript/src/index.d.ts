import type { Event, Resources } from "./resources.js";

export type * from "./resources.js";

export interface ClientOptions {
  /** Where the server listens. Default: http://127.0.0.1:8787 */
  baseUrl?: string;
  /** Milliseconds that one try may take. Default: 30000 */
  timeout?: number;
  /** How often a request is sent again after 409, 429, 5xx or a lost connection. Default: 3 */
  maxRetries?: number;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Used in place of the platform's. */
  fetch?: typeof globalThis.fetch;
}

export interface RequestOptions {
  /** Requests with the same key are carried out once. Default: a random one for each call that writes. */
  idempotencyKey?: string;
  /** Another key than the client's. */
  apiKey?: string;
  timeout?: number;
  maxRetries?: number;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Page<T> extends AsyncIterable<T> {
  object: "list" | "search_result";
  url: string;
  has_more: boolean;
  next_page?: string | null;
  data: T[];
  /** The page after this one; undefined after the last. */
  nextPage(): Promise<Page<T> | undefined>;
}

/** Await it for the first page, iterate over it for every object of the list. */
export interface PagePromise<T> extends Promise<Page<T>>, AsyncIterable<T> {
  toArray(options?: { limit?: number }): Promise<T[]>;
}

export interface VerifyOptions {
  /** Seconds that a delivery may be old. Default: 300 */
  tolerance?: number;
  /** Milliseconds since 1970, to verify as of another time. */
  now?: number;
}

type HeadersLike = { get(name: string): string | null } | Record<string, string | string[] | undefined>;

/** The event in a webhook's body; rejects with SignatureVerificationError. Two secrets while one is being rolled. */
export function verifyWebhook(
  payload: string | ArrayBuffer | Uint8Array,
  headers: HeadersLike,
  secret: string | string[],
  options?: VerifyOptions,
): Promise<Event>;

export interface Peaswap extends Resources {}

export class Peaswap {
  constructor(apiKey: string, options?: ClientOptions);
  webhooks: { verify: typeof verifyWebhook };
  /** Status and headers of the answer that an object came in. */
  static lastResponse(object: object): { status: number; headers: Headers } | undefined;
}

export default Peaswap;

export class PeaswapError extends Error {
  status?: number;
  type?: string;
  code?: string;
  param?: string;
  declineCode?: string;
  payment?: import("./resources.js").Payment;
  requestId?: string;
  headers?: Headers;
}
export class ConnectionError extends PeaswapError {}
export class TimeoutError extends ConnectionError {}
export class InvalidRequestError extends PeaswapError {}
export class NotFoundError extends InvalidRequestError {}
export class AuthenticationError extends PeaswapError {}
export class PermissionError extends PeaswapError {}
export class CardError extends PeaswapError {}
export class IdempotencyError extends PeaswapError {}
export class RateLimitError extends PeaswapError {}
export class ServerError extends PeaswapError {}
export class SignatureVerificationError extends PeaswapError {}
