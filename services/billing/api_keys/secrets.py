"""Secrets of API keys: what a client holds, and the digest that is all we keep of it."""

import hashlib

from msgspec import Struct

from services.core.ids import new_secret


class Secret(Struct, frozen=True):
    """A secret that was just made; `text` is shown once and forgotten."""

    text: str
    digest: bytes
    last4: str


def make_secret(*, livemode: bool, restricted: bool) -> Secret:
    """A new secret, `sk_` or `rk_` and the environment before 190 random bits."""
    text = f"{'rk' if restricted else 'sk'}_{'live' if livemode else 'test'}_{new_secret()}"
    return Secret(text, digest_of(text), text[-4:])


def digest_of(secret: str) -> bytes:
    """SHA-256. The secrets are random and long, so that a slow password hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).digest()
