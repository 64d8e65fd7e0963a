"""`peaswap events`: what happened, as clients are told of it."""

from itertools import islice

import click
import msgspec

from services.cli.following import Event, follow, line, newest
from services.cli.remote import asks_api, remote_of
from services.cli.sentences import Sentences

SHOWN_MAX = 100


@click.group("events", cls=Sentences)
def events() -> None:
    """See what happened, and send it to a webhook endpoint once more.

    Events are kept for ever. Each holds the object as it was right after it. `peaswap listen` forwards them to a
    program of yours as they come.
    """


@events.command("list")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only customer.created, or a group: customer.*")
@click.option("--object", "object_id", metavar="ID", help="Only events about this object.")
@click.option("--limit", type=click.IntRange(1, SHOWN_MAX), default=20, show_default=True, help="How many, at most.")
@click.option("--follow", "follows", is_flag=True, help="Stay, and print events as they come.")
@click.option("--stop-after", type=click.IntRange(1), metavar="N", help="With --follow: end after N more events.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, whole.")
@asks_api
def list_events(
    types: tuple[str, ...],
    object_id: str | None,
    limit: int,
    follows: bool,
    stop_after: int | None,
    as_json: bool,
    url: str | None,
    key: str | None,
    live: bool,
) -> None:
    """Print the newest events, the newest last.

    \b
    Examples:
      peaswap events list --type payment.failed --type invoice.*
      peaswap events list --object cust_0Kx… --limit 100
      peaswap events list --follow --json | jq .data.object
    """

    def show(event: Event) -> None:
        click.echo(msgspec.json.encode(event).decode() if as_json else line(event))

    with remote_of(url, key, live) as remote:
        found = newest(remote, types, object_id=object_id, limit=limit)
        for event in found:
            show(event)
        if follows:
            after = found[-1]["id"] if found else None
            for event in islice(follow(remote, after, types, object_id=object_id), stop_after):
                show(event)


@events.command("show")
@click.argument("event_id", metavar="EVENT_ID")
@asks_api
def show_event(event_id: str, url: str | None, key: str | None, live: bool) -> None:
    """Print the event EVENT_ID (evt_…), whole."""
    with remote_of(url, key, live) as remote:
        event = remote.get(f"/v1/events/{event_id}")
    click.echo(msgspec.json.format(msgspec.json.encode(event), indent=2).decode())


@events.command("resend")
@click.argument("event_id", metavar="EVENT_ID")
@click.option("--endpoint", required=True, metavar="WE_ID", help="The webhook endpoint, we_….")
@asks_api
def resend(event_id: str, endpoint: str, url: str | None, key: str | None, live: bool) -> None:
    """Send the event EVENT_ID (evt_…) to a webhook endpoint once more.

    It goes out under the same webhook-id as before, so that a receiver that has seen it can tell.

    \b
    Example:
      peaswap events resend evt_03p… --endpoint we_03p…
    """
    with remote_of(url, key, live) as remote:
        delivery = remote.post(f"/v1/events/{event_id}/resend", {"endpoint": endpoint})
    click.echo(f"{delivery['id']}  {event_id} is on its way to {endpoint}.")
