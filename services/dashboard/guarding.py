"""What every answer of the dashboard says to the browser, and what every unsafe request must show."""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.core.refusal import Forbidden

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # The back button shows what was there, a form's answer too; signing out makes the browser forget it.
    (b"cache-control", b"private, no-cache"),
    (b"content-type", b"text/html; charset=utf-8"),
)
SESSION_COOKIE = "peaswap_session"
BROWSER_COOKIE = "peaswap_browser"
BROWSER_SECONDS = 400 * 86_400


class ForeignRequest(Forbidden):
    """This request did not come from a page of this dashboard. Go back, load the page again and send it once more."""

    code = "request_forgery"


def cookies(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The cookies of a request; of one that is given twice the first."""
    found: dict[str, str] = {}
    for part in headers.get("cookie", "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found


def cookie(name: str, value: str, seconds: int | None, *, secure: bool) -> tuple[bytes, bytes]:
    """A cookie that no script reads and no other site's form sends; `seconds` None ends it with the browser."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return b"set-cookie", f"{name}={value}; Path=/dashboard; HttpOnly; SameSite=Lax{age}{'; Secure' * secure}".encode()


def is_secure(scope: Mapping[str, Any], public_url: str) -> bool:
    """Whether browsers reach us by https."""
    return scope.get("scheme") == "https" or public_url.startswith("https://")


def demand_same_origin(headers: Mapping[str, str], public_url: str) -> None:
    """Raises ForeignRequest when the browser says that another site made the request."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForeignRequest
    origin = headers.get("origin")
    if origin is None:
        return
    ours = {headers.get("host", ""), urlsplit(public_url).netloc}
    if urlsplit(origin).netloc not in ours - {""}:
        raise ForeignRequest


def demand_token(given: object, wanted: str) -> None:
    """Raises ForeignRequest unless the form carries the token of its session."""
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise ForeignRequest
