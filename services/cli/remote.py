"""What a command of the CLI needs to use the API over HTTP: where it is, with which key, and its answers as words."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
import httpx

from services.cli.house import environment_of, home
from services.core.ids import new_id

F = TypeVar("F", bound=Callable[..., Any])

TRIES_MAX = 4
PAUSE_SECONDS = 0.5
SECONDS_MAX = 30.0
PAGE = 100
AGAIN = frozenset({httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
DECLINED = 402
BUSY = 429
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Away(click.ClickException):
    """The API did not answer."""


def asks_api(command: F) -> F:
    """Gives a command the options that say where the API is; it gets a `Remote` from `remote_of(url, key, live)`."""
    options = (
        click.option("--url", metavar="URL", help="Where the API is. Default: PEASWAP_URL, or `peaswap dev`."),
        click.option(
            "--key", metavar="KEY", help="The secret key. Default: PEASWAP_API_KEY, or that of `peaswap dev`."
        ),
        click.option("--live", is_flag=True, help="Use PEASWAP_LIVE_API_KEY instead: the live environment."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def remote_of(url: str | None, key: str | None, live: bool) -> Generator["Remote"]:
    """The API as options, environment or the dev.env of PEASWAP_HOME say; exits with 2 when none of them does."""
    known = environment_of("dev.env")
    where = url or known.get("PEASWAP_URL")
    variable = "PEASWAP_LIVE_API_KEY" if live else "PEASWAP_API_KEY"
    secret = key or known.get(variable)
    if not where or not secret:
        raise click.UsageError(
            f"Where is the API? Start `./peaswap dev` (none is running in {home()}; set PEASWAP_HOME where it lies "
            f"elsewhere), set PEASWAP_URL and {variable}, or give --url and --key."
        )
    remote = Remote(where, secret)
    try:
        yield remote
    finally:
        remote.close()


class Remote:
    """The API. Answers that are refusals become sentences; what may pass is tried again, under one idempotency key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self.livemode = key[2:].startswith("_live_")
        self._client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "peaswap-cli"},
            timeout=SECONDS_MAX,
            # A proxy knows nothing of what listens on this machine.
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,
        )

    def get(self, path: str, **params: Any) -> Any:
        """The answer to a GET; parameters that are None are left out."""
        return self._asked("GET", path, params={name: each for name, each in params.items() if each is not None})

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, declined: bool = False) -> Any:
        """The answer to a POST; with `declined` a 402 is an answer too."""
        return self._asked("POST", path, json=body or {}, declined=declined)

    def delete(self, path: str) -> Any:
        """The answer to a DELETE."""
        return self._asked("DELETE", path)

    def pages(self, path: str, **params: Any) -> Generator[list[dict[str, Any]]]:
        """A list from its newest object to its oldest, page by page."""
        after: str | None = None
        while True:
            page = self.get(path, limit=PAGE, starting_after=after, **params)
            if page["data"]:
                yield page["data"]
            if not page["has_more"]:
                return
            after = page["data"][-1]["id"]

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _asked(self, method: str, path: str, *, declined: bool = False, **more: Any) -> Any:
        headers = {} if method == "GET" else {"Idempotency-Key": new_id("cli")}
        for turn in range(TRIES_MAX):
            last = turn == TRIES_MAX - 1
            try:
                response = self._client.request(method, path, headers=headers, **more)
            except httpx.TransportError as problem:
                if last:
                    reason = str(problem) or type(problem).__name__
                    raise Away(f"Nothing answers at {self.url} ({reason}). Is the server running?") from None
            except httpx.InvalidURL as problem:
                raise click.UsageError(f"'{self.url}' is not a URL: {problem}.") from None
            else:
                stale = response.headers.get("peaswap-stale") == "true"
                if last and stale:
                    click.echo("The read models lag behind: what was written just now may be missing.", err=True)
                if last or not (stale or response.status_code in AGAIN):
                    return _answer(response, declined=declined)
            time.sleep(PAUSE_SECONDS * 2**turn)
        raise AssertionError("the last turn returns or raises")


def _answer(response: httpx.Response, *, declined: bool) -> Any:
    fault = response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
    try:
        body = response.json()
    except ValueError:
        what = f"{response.request.url} answered {response.status_code}, and not as this API does."
        # Such as a proxy, before a server that is being started again.
        raise (Away if fault else click.ClickException)(what) from None
    if response.is_success or (declined and response.status_code == DECLINED):
        return body
    error = body.get("error", {})
    words = error.get("message", "It was refused.")
    if fault or response.status_code == BUSY:
        raise Away(words)
    raise click.ClickException(f"{words} ({response.status_code} {error.get('code') or error.get('type')})")
