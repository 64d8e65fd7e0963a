"""Settings: environment variables `PEASWAP_…`, declared once here and checked at start.

The table in the README is printed from this module by `peaswap settings --markdown`.
"""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

PREFIX = "PEASWAP_"
MASTER_KEY_BYTES = 32
EVERYWHERE = frozenset({"0.0.0.0", "::"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Read by the launcher and `peaswap dev`, not by the server.
OTHER_VARIABLES = frozenset(
    {
        "PEASWAP_HOME",
        "PEASWAP_URL",
        "PEASWAP_API_KEY",
        "PEASWAP_LIVE_API_KEY",
        "PEASWAP_DASHBOARD_URL",
        "PEASWAP_TORTURE_SECONDS",
        "PEASWAP_WEBHOOK_EVENTS",
        "PEASWAP_RENEWALS",
    }
)


class SettingsError(Exception):
    """One sentence for each setting that is not right."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Settings(Struct, frozen=True, kw_only=True):
    """What the house was told. The meaning of each field stands in `DECLARATIONS`."""

    database_url: str
    migrate_database_url: str
    redis_url: str
    master_key: bytes
    host: str
    port: int
    public_url: str
    shards: int
    pool_size: int
    gateway_url: str
    gateway_token: str
    gateway_timeout_seconds: float
    stripe_url: str
    rate_limit_per_second: int
    worker_threads: int
    worker_metrics_port: int
    tick_seconds: float
    key_ring_refresh_seconds: float
    read_wait_seconds: float
    webhooks_allow_loopback: bool
    log_format: str
    log_level: str


class Declaration(Struct, frozen=True):
    """A setting: its name without prefix, how its text is read, its default (None: required), and what it means."""

    name: str
    read: Callable[[str], Any]
    default: str | None
    meaning: str
    secret: bool = False


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the environment. Raises SettingsError naming every problem, not just the first."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    problems: list[str] = []
    for each in DECLARATIONS:
        text = environ.get(PREFIX + each.name, "") or each.default
        if text is None:
            problems.append(f"{PREFIX}{each.name} is not set: {each.meaning}")
            continue
        try:
            values[each.name.lower()] = each.read(text)
        except ValueError as problem:
            shown = "its value" if each.secret else f"'{text}'"
            problems.append(f"{PREFIX}{each.name}: {shown} {problem}.")
    if problems:
        raise SettingsError(problems)
    values["migrate_database_url"] = values["migrate_database_url"] or values["database_url"]
    if not values["public_url"]:
        # Listening everywhere is no address that a browser can go to.
        host = "127.0.0.1" if values["host"] in EVERYWHERE else values["host"]
        values["public_url"] = f"http://{host}:{values['port']}"
    return Settings(**values)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like settings but are none: most often a slip of the pen."""
    known = {PREFIX + each.name for each in DECLARATIONS} | OTHER_VARIABLES
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def _text(text: str) -> str:
    return text


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        parts = _parts(text)
        if parts.scheme not in schemes or not (parts.hostname or (parts.scheme == "unix" and parts.path)):
            raise ValueError(f"is not a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return text

    return read


def _parts(text: str) -> SplitResult:
    """The parts of a URL, whose port is one."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError as problem:
        raise ValueError(f"is not a URL ({str(problem).lower()})") from None
    return parts


def _host(text: str) -> str:
    if not text.strip() or any(character in text for character in " /@"):
        raise ValueError("is not the name or address of a network interface, such as 127.0.0.1 or 0.0.0.0")
    return text


def _guarded_url(text: str) -> str:
    """A URL over which secrets go: in the clear only on this machine."""
    parts = _parts(text)
    if (parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return text
    raise ValueError("is not a URL that starts with https:// (or http:// on this machine)")


def _optional(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else ""


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")
        return int(text)

    return read


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not least <= value <= most:
            raise ValueError(f"is not a number of seconds from {least} to {most}")
        return value

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"is not one of {', '.join(words)}")
        return text

    return read


def _yes_or_no(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("is neither yes nor no")
    return text == "yes"


def _master_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError("is not 32 bytes in base64 (make one with: openssl rand -base64 32)")
    return key


DECLARATIONS = (
    Declaration("DATABASE_URL", _url("postgresql", "postgres"), None, "The Postgres database of the server.", True),
    Declaration(
        "MIGRATE_DATABASE_URL",
        _optional(_url("postgresql", "postgres")),
        "",
        "The same database as a user that may change the schema, for `migrate` and rebuilds.",
        True,
    ),
    Declaration("REDIS_URL", _url("redis", "rediss", "unix"), None, "The Redis or Valkey server for wake-ups.", True),
    Declaration(
        "MASTER_KEY",
        _master_key,
        None,
        "32 bytes in base64; wraps the keys of personal data. Losing it loses all names and addresses.",
        True,
    ),
    Declaration("HOST", _host, "127.0.0.1", "The address that the API listens on."),
    Declaration("PORT", _whole(1, 65535), "8787", "The port that the API listens on."),
    Declaration(
        "PUBLIC_URL",
        _optional(_url("http", "https")),
        "",
        "How clients reach the server; what links to invoices begin with. Default: host and port.",
    ),
    Declaration(
        "SHARDS",
        _whole(1, 64),
        "1",
        "How many shards the log has, made by `peaswap migrate`; it can only grow. New accounts go to the emptiest.",
    ),
    Declaration("POOL_SIZE", _whole(1, 100), "8", "Database connections for reads, per process."),
    Declaration(
        "GATEWAY_URL", _optional(_url("http", "https")), "", "The simulated payment gateway, for test; empty: none."
    ),
    Declaration("GATEWAY_TOKEN", _text, "", "The bearer token of the simulated gateway.", True),
    Declaration(
        "STRIPE_URL",
        _guarded_url,
        "https://api.stripe.com",
        "Where Stripe is, for accounts that charge through it; another address only for a stand-in.",
    ),
    Declaration(
        "GATEWAY_TIMEOUT_SECONDS",
        _seconds(0.1, 9.5),
        "8",
        "How long a call to the gateway may take before its outcome counts as unknown.",
    ),
    Declaration(
        "RATE_LIMIT_PER_SECOND",
        _whole(0, 1_000_000),
        "2000",
        "Requests per second and key, over all processes; 0: no limit.",
    ),
    Declaration("WORKER_THREADS", _whole(1, 64), "4", "Threads of a worker process that take messages."),
    Declaration("WORKER_METRICS_PORT", _whole(0, 65535), "0", "The port on which a worker shows its metrics; 0: none."),
    Declaration(
        "TICK_SECONDS", _seconds(0.05, 60), "1", "How often the scheduler looks for work that a wake-up missed."
    ),
    Declaration(
        "KEY_RING_REFRESH_SECONDS", _seconds(0.05, 0.8), "0.25", "How often each process learns of changed API keys."
    ),
    Declaration(
        "READ_WAIT_SECONDS",
        _seconds(0, 60),
        "2",
        "How long a list waits for its read model to have your own writes before it answers as stale.",
    ),
    Declaration(
        "WEBHOOKS_ALLOW_LOOPBACK",
        _yes_or_no,
        "no",
        "yes: webhook endpoints of test may lie on this machine (for development; `peaswap dev` says yes).",
    ),
    Declaration("LOG_FORMAT", _one_of("json", "text"), "json", "One JSON object or one line of text per log entry."),
    Declaration("LOG_LEVEL", _one_of("debug", "info", "warning", "error"), "info", "The least severe entries to log."),
)
