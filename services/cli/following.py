"""Following the events of an account as they come: for `events list --follow` and `listen`."""

import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from services.cli.remote import Away, Remote

LOOK_SECONDS = 0.5
AWAY_SECONDS = 2.0

Event = dict[str, Any]


def newest(remote: Remote, types: Sequence[str] = (), **params: Any) -> list[Event]:
    """The newest events, oldest of them first."""
    page = remote.get("/v1/events", **_filters(types), **params)
    return list(reversed(page["data"]))


def follow(remote: Remote, after: str | None, types: Sequence[str] = (), **params: Any) -> Generator[Event]:
    """The events after `after` (all of them when that is None), oldest first, and then those that come, without end.
    While the server is away it is waited for: no event is left out."""
    away = False
    while True:
        try:
            page = _next(remote, after, types, params)
            away = False
        except Away as problem:
            if not away:
                click.echo(f"{problem.message} Waiting for it.", err=True)
            away = True
            time.sleep(AWAY_SECONDS)
            continue
        for event in page:
            yield event
            after = event["id"]
        if not page:
            time.sleep(LOOK_SECONDS)


def line(event: Event) -> str:
    """An event as one line: when, which, what, of which object."""
    at = datetime.fromtimestamp(event["created"], UTC)
    of = event["data"]["object"]
    name = click.style(f"{event['type']:34}", bold=True)
    return f"{at:%Y-%m-%d %H:%M:%SZ}  {event['id']}  {name} {of.get('id', '')}"


def _next(remote: Remote, after: str | None, types: Sequence[str], params: dict[str, Any]) -> list[Event]:
    if after is not None:
        page = remote.get("/v1/events", limit=100, ending_before=after, **_filters(types), **params)
        return list(reversed(page["data"]))
    oldest: list[Event] = []
    for events in remote.pages("/v1/events", **_filters(types), **params):
        # Only a feed that was empty a moment ago is read from its beginning.
        oldest = events
    return list(reversed(oldest))


def _filters(types: Sequence[str]) -> dict[str, Any]:
    return {"types[]": list(types)} if types else {}
