"""Signatures of what we send, in the two forms that receivers have libraries for.

Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, keyed by the decoded secret, in base64.
Stripe's form: HMAC-SHA256 over `timestamp.body`, keyed by the whole text of the secret, in hex. One secret, `whsec_`
and base64, feeds both. While it is being rolled, everything is signed with the new secret and the old one.
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

from services.core.clock import unix
from services.core.ids import random_bytes

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_signing_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + base64.b64encode(random_bytes(SECRET_BYTES)).decode()


def signed_headers(secrets: Sequence[str], id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that let a receiver know `body` for ours. `id` is the same for every try, `at` is that of this try;
    `secrets` are one, or the new and the old one while they change."""
    seconds = str(unix(at)).encode()
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds.decode(),
        "webhook-signature": " ".join(f"v1,{_standard(secret, id.encode(), seconds, body)}" for secret in secrets),
        "peaswap-signature": ",".join([f"t={seconds.decode()}", *(f"v1={_hex(s, seconds, body)}" for s in secrets)]),
    }


def _standard(secret: str, id: bytes, seconds: bytes, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, b".".join([id, seconds, body]), "sha256")).decode()


def _hex(secret: str, seconds: bytes, body: bytes) -> str:
    return hmac.digest(secret.encode(), b".".join([seconds, body]), "sha256").hex()
