// What can go wrong, by status: catch PeaswapError for all of it, or a class below for one kind.

export class PeaswapError extends Error {
  constructor(message, details = {}) {
    super(message);
    this.name = new.target.name;
    this.status = details.status;
    this.type = details.type;
    this.code = details.code;
    this.param = details.param;
    this.declineCode = details.decline_code;
    this.payment = details.payment;
    this.requestId = details.request_id;
    this.headers = details.headers;
    if (details.cause !== undefined) this.cause = details.cause;
  }
}

// The server was not reached, or its answer was lost. With an idempotency key it is safe to ask again.
export class ConnectionError extends PeaswapError {}
// No answer within the time-out.
export class TimeoutError extends ConnectionError {}
// 400: a parameter is wrong, or the state of the object forbids it.
export class InvalidRequestError extends PeaswapError {}
// 404: there is no such object.
export class NotFoundError extends InvalidRequestError {}
// 401: no key, or one that opens nothing.
export class AuthenticationError extends PeaswapError {}
// 403: the key lacks a permission.
export class PermissionError extends PeaswapError {}
// 402: the charge was declined; see `declineCode` and `payment`.
export class CardError extends PeaswapError {}
// 400 and 409: the idempotency key was used for something else, or is being worked on.
export class IdempotencyError extends PeaswapError {}
// 429: too many requests.
export class RateLimitError extends PeaswapError {}
// 500 and above: a fault of the server.
export class ServerError extends PeaswapError {}
// A webhook was not signed with the secret, was changed on the way, or is too old.
export class SignatureVerificationError extends PeaswapError {}

const BY_STATUS = {
  401: AuthenticationError,
  402: CardError,
  403: PermissionError,
  404: NotFoundError,
  409: IdempotencyError,
  429: RateLimitError,
};

export function errorOf(status, headers, body) {
  const details = { ...(body?.error ?? {}), status, headers };
  details.request_id ??= headers.get("request-id") ?? undefined;
  const message = details.message ?? `The server answered ${status}.`;
  let kind = BY_STATUS[status] ?? (status >= 500 ? ServerError : InvalidRequestError);
  if (details.type === "idempotency_error") kind = IdempotencyError;
  return new kind(message, details);
}
