"""The PeaSwap API: `Peaswap` and `AsyncPeaswap`, their errors, and the verification of webhooks."""

from peaswap.clients import AsyncPeaswap, Peaswap
from peaswap.errors import (
    AuthenticationError,
    CardError,
    ConnectionLost,
    IdempotencyError,
    InvalidRequestError,
    NotFoundError,
    PeaswapError,
    PermissionDenied,
    RateLimitError,
    ServerError,
    SignatureVerificationError,
    TimedOut,
)
from peaswap.objects import Object
from peaswap.pages import AsyncList, AsyncPage, Page
from peaswap.requests import RequestOptions
from peaswap.webhooks import verify as verify_webhook

__all__ = [
    "AsyncList",
    "AsyncPage",
    "AsyncPeaswap",
    "AuthenticationError",
    "CardError",
    "ConnectionLost",
    "IdempotencyError",
    "InvalidRequestError",
    "NotFoundError",
    "Object",
    "Page",
    "Peaswap",
    "PeaswapError",
    "PermissionDenied",
    "RateLimitError",
    "RequestOptions",
    "ServerError",
    "SignatureVerificationError",
    "TimedOut",
    "verify_webhook",
]
