"""`peaswap listen`: events as they come, forwarded to a program on this machine, signed as webhooks are."""

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path

import click
import httpx
import msgspec

from services.cli.following import Event, follow, line, newest
from services.cli.house import home
from services.cli.remote import asks_api, remote_of
from services.core.clock import SystemClock
from services.core.signing import PREFIX, new_signing_secret, signed_headers

FORWARD_SECONDS_MAX = 10.0
PATIENCE = httpx.Timeout(FORWARD_SECONDS_MAX)


@click.command("listen")
@click.option("--forward-to", metavar="URL", help="Where to send each event, for example localhost:3000/webhooks.")
@click.option("--events", "named", metavar="TYPES", default="", help="Only these, with commas between them.")
@click.option("--since", metavar="EVENT_ID", help="Begin right after this event instead of now.")
@click.option("--secret", envvar="PEASWAP_WEBHOOK_SECRET", metavar="WHSEC", help="Sign with this secret, whsec_….")
@click.option("--stop-after", type=click.IntRange(1), metavar="N", help="End after N events.")
@asks_api
def listen(
    forward_to: str | None,
    named: str,
    since: str | None,
    secret: str | None,
    stop_after: int | None,
    url: str | None,
    key: str | None,
    live: bool,
) -> None:
    """Print each event as it comes and, with --forward-to, post it to a program of yours.

    It is sent as a webhook endpoint would get it: the same body, signed in both forms (`webhook-signature` of Standard
    Webhooks, and `Peaswap-Signature` in Stripe's form). The secret to verify it with is printed first; it is made once
    and kept in PEASWAP_HOME, so that it is the same the next time. What your program does not take is not sent again:
    `peaswap listen --since EVENT_ID` goes on from any event.

    \b
    Examples:
      peaswap listen
      peaswap listen --forward-to localhost:3000/webhooks --events customer.*,payment.failed
    \b
    Ctrl-C ends it. While the server is away it waits; nothing is left out.
    """
    types = [each.strip() for each in named.split(",") if each.strip()]
    target = None if forward_to is None else _target(forward_to)
    signing = _secret(secret)
    with remote_of(url, key, live) as remote, httpx.Client(timeout=PATIENCE, trust_env=False) as receiver:
        latest = newest(remote, limit=1) if since is None else []
        after = since or (latest[-1]["id"] if latest else None)
        if target is not None:
            click.echo(f"Forwarding to {target}, signed with {signing}", err=True)
        click.echo("Listening. Ctrl-C ends it.", err=True)
        with suppress(KeyboardInterrupt):
            for event in islice(follow(remote, after, types), stop_after):
                click.echo(f"--> {line(event)}")
                if target is not None:
                    click.echo(f"<-- {_forwarded(receiver, target, signing, event)}")


def _forwarded(receiver: httpx.Client, target: str, secret: str, event: Event) -> str:
    """What became of it, in words."""
    body = msgspec.json.encode(event)
    headers = signed_headers([secret], event["id"], SystemClock().now(), body)
    headers |= {"Content-Type": "application/json", "User-Agent": "peaswap-listen"}
    try:
        response = receiver.post(target, content=body, headers=headers)
    except httpx.TimeoutException:
        return click.style(f"{target} did not answer within {FORWARD_SECONDS_MAX:.0f} s", fg="red")
    except (httpx.TransportError, httpx.InvalidURL) as problem:
        return click.style(f"{target} cannot be reached: {problem}", fg="red")
    return click.style(f"{response.status_code} {target}", fg="green" if response.is_success else "red")


def _target(given: str) -> str:
    """The URL that was meant: `localhost:3000/hooks` is one of plain HTTP."""
    url = given if "://" in given else f"http://{given}"
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise click.BadParameter(f"'{given}' is no URL, such as localhost:3000/webhooks.", param_hint="--forward-to")
    return url


def _secret(given: str | None) -> str:
    """The secret to sign with: the given one, or the one that was made the first time."""
    if given is not None:
        if not given.startswith(PREFIX):
            raise click.BadParameter(f"A secret begins with {PREFIX}.", param_hint="--secret")
        return given
    file = home() / "listen.secret"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_private(file, new_signing_secret())
    return file.read_text().strip()


def _write_private(file: Path, text: str) -> None:
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(text)
