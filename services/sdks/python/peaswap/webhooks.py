"""Webhooks: whether a body was signed with the endpoint's secret, in either of the two forms of every delivery."""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Iterable, Mapping

from peaswap.errors import SignatureVerificationError
from peaswap.generated.objects import Event

TOLERANCE_SECONDS = 300
PREFIX = "whsec_"


def verify(
    payload: bytes | str,
    headers: Mapping[str, str],
    secret: str | Iterable[str],
    *,
    tolerance: float = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Event:
    """The event in a webhook's body; `secret` is one, or both while one is being rolled.

    Raises SignatureVerificationError when no signature was made with a secret for this body, or when the delivery is
    further than `tolerance` seconds from `now` (default: the machine's time).
    """
    body = payload.encode() if isinstance(payload, str) else payload
    secrets = [secret] if isinstance(secret, str) else list(secret)
    header = {name.lower(): value for name, value in headers.items()}
    if "webhook-signature" in header:
        at, signed = _standard(header, body, secrets)
    elif "peaswap-signature" in header:
        at, signed = _own(header["peaswap-signature"], body, secrets)
    else:
        raise SignatureVerificationError("There is no signature.")
    if not signed:
        raise SignatureVerificationError("No signature was made with this secret for this body.")
    if abs((time.time() if now is None else now) - at) > tolerance:
        raise SignatureVerificationError("The delivery is too old, or the clocks differ too much.")
    return Event(json.loads(body))


class Webhooks:
    """`peaswap.webhooks.verify(body, headers, secret)`."""

    verify = staticmethod(verify)


def _standard(header: Mapping[str, str], body: bytes, secrets: list[str]) -> tuple[int, bool]:
    """Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`, keyed by the decoded secret, in base64."""
    id, at = header.get("webhook-id"), header.get("webhook-timestamp", "")
    if id is None:
        raise SignatureVerificationError("The headers are incomplete.")
    seconds = _seconds(at)
    given = [each[3:] for each in header["webhook-signature"].split() if each.startswith("v1,")]
    message = f"{id}.{at}.".encode() + body
    made = [base64.b64encode(hmac.digest(_decoded(secret), message, "sha256")).decode() for secret in secrets]
    return seconds, _any_equal(given, made)


def _own(header: str, body: bytes, secrets: list[str]) -> tuple[int, bool]:
    """Stripe's form: HMAC-SHA256 of `timestamp.body`, keyed by the whole text of the secret, in hex."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    seconds = _seconds(at)
    given = [value for name, _, value in parts if name == "v1"]
    message = f"{at}.".encode() + body
    return seconds, _any_equal(given, [hmac.digest(secret.encode(), message, "sha256").hex() for secret in secrets])


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SignatureVerificationError("The signature has no time.")
    return int(text)


def _any_equal(given: list[str], made: list[str]) -> bool:
    pairs = [(one.encode(), other.encode()) for one in given for other in made]
    return sum([hmac.compare_digest(one, other) for one, other in pairs]) > 0


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise SignatureVerificationError("The secret is not base64.") from None
