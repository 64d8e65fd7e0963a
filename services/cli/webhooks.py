"""`peaswap webhooks`: endpoints that are told of events, and what became of each delivery."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from services.cli.remote import asks_api, remote_of
from services.cli.sentences import Sentences

Object = dict[str, Any]
PATH = "/v1/webhook_endpoints"
WIDE = 1_000


@click.group("webhooks", cls=Sentences)
def webhooks() -> None:
    """Manage webhook endpoints and look at what was delivered to them.

    An endpoint is a URL of yours that is told of events. Each delivery is signed with the endpoint's secret, tried
    again for three days, and kept in a log. `peaswap listen` forwards events without an endpoint.
    """


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@asks_api
def list_endpoints(as_json: bool, url: str | None, key: str | None, live: bool) -> None:
    """List all endpoints: where, for which events, and whether they are enabled."""
    with remote_of(url, key, live) as remote:
        found = [each for page in remote.pages(PATH) for each in page]
    if not found and not as_json:
        click.echo("There is no webhook endpoint yet. `peaswap webhooks create URL` makes one.", err=True)
        return
    rows = [(e["id"], e["status"], e["url"], ", ".join(e["enabled_events"]), e["description"] or "") for e in found]
    _show(found, ("Endpoint", "Status", "URL", "Events", "Description"), rows, as_json)


@webhooks.command("create")
@click.argument("to", metavar="URL")
@click.option("--events", "named", default="*", show_default=True, metavar="TYPES", help="With commas between them.")
@click.option("--description", help="What it is for.")
@asks_api
def create(to: str, named: str, description: str | None, url: str | None, key: str | None, live: bool) -> None:
    """Create an endpoint at URL and print its secret, this once.

    \b
    Example:
      peaswap webhooks create https://example.com/hooks --events customer.*,invoice.paid
    """
    body = {"url": to, "enabled_events": _types(named)}
    if description:
        body["description"] = description
    with remote_of(url, key, live) as remote:
        _show_secret(remote.post(PATH, body))


@webhooks.command("update")
@click.argument("id", metavar="WE_ID")
@click.option("--to", metavar="URL", help="Another URL.")
@click.option("--events", "named", metavar="TYPES", help="Other events, with commas between them.")
@click.option("--description", help="Another description; empty clears it.")
@click.option("--enable/--disable", "enabled", default=None, help="Whether anything is sent to it.")
@asks_api
def update(
    id: str,
    to: str | None,
    named: str | None,
    description: str | None,
    enabled: bool | None,
    url: str | None,
    key: str | None,
    live: bool,
) -> None:
    """Change the endpoint WE_ID (we_…); what is not named stays as it is.

    \b
    Examples:
      peaswap webhooks update we_03p… --events *
      peaswap webhooks update we_03p… --enable
    """
    body: Object = {}
    if to is not None:
        body["url"] = to
    if named is not None:
        body["enabled_events"] = _types(named)
    if description is not None:
        body["description"] = description
    if enabled is not None:
        body["status"] = "ENABLED" if enabled else "DISABLED"
    if not body:
        raise click.UsageError("Say what is to change: --to, --events, --description, --enable or --disable.")
    with remote_of(url, key, live) as remote:
        endpoint = remote.post(f"{PATH}/{id}", body)
    click.echo(f"{endpoint['id']} is {endpoint['status']}: {endpoint['url']}, {', '.join(endpoint['enabled_events'])}")


@webhooks.command("delete")
@click.argument("id", metavar="WE_ID")
@asks_api
def delete(id: str, url: str | None, key: str | None, live: bool) -> None:
    """Delete the endpoint WE_ID (we_…). What was waiting for it is not sent."""
    with remote_of(url, key, live) as remote:
        remote.delete(f"{PATH}/{id}")
    click.echo(f"{id} is deleted.")


@webhooks.command("test")
@click.argument("id", metavar="WE_ID")
@asks_api
def test(id: str, url: str | None, key: str | None, live: bool) -> None:
    """Send a test event to the endpoint WE_ID (we_…), and say what it answered.

    \b
    Exit codes: 0 it took it, 1 it did not.
    """
    with remote_of(url, key, live) as remote:
        delivery = remote.post(f"{PATH}/{id}/test")
    click.echo(f"{delivery['id']}  {delivery['status']}  {_last_try(delivery)}")
    if delivery["status"] != "DELIVERED":
        raise SystemExit(1)


@webhooks.command("deliveries")
@click.argument("id", metavar="WE_ID")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many, at most.")
@click.option(
    "--status",
    type=click.Choice(["PENDING", "DELIVERED", "FAILED", "CANCELED"], case_sensitive=False),
    help="Only those in this state.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, with each try.")
@asks_api
def deliveries(
    id: str, limit: int, status: str | None, as_json: bool, url: str | None, key: str | None, live: bool
) -> None:
    """Show what was delivered to the endpoint WE_ID (we_…), newest first."""
    with remote_of(url, key, live) as remote:
        found = remote.get(f"{PATH}/{id}/deliveries", limit=limit, status=status)["data"]
    rows = [(e["id"], _at(e["created"]), e["event"], e["event_type"], e["status"], _last_try(e)) for e in found]
    _show(found, ("Delivery", "At", "Event", "Type", "Status", "Last try"), rows, as_json)


@webhooks.command("roll-secret")
@click.argument("id", metavar="WE_ID")
@click.option("--grace", "grace_seconds", type=click.IntRange(0), metavar="SECONDS", help="How long both secrets sign.")
@asks_api
def roll_secret(id: str, grace_seconds: int | None, url: str | None, key: str | None, live: bool) -> None:
    """Give the endpoint WE_ID (we_…) a new secret and print it, this once.

    Until the grace time is over (24 hours unless said otherwise) everything is signed with both secrets.
    """
    body = {} if grace_seconds is None else {"grace_seconds": grace_seconds}
    with remote_of(url, key, live) as remote:
        _show_secret(remote.post(f"{PATH}/{id}/roll_secret", body))


@webhooks.command("replay")
@click.argument("id", metavar="WE_ID")
@click.option("--from-position", type=click.IntRange(0), metavar="N", help="From this position of the log on.")
@click.option("--since", type=click.IntRange(0), metavar="SECONDS", help="From this instant on, in Unix seconds.")
@asks_api
def replay(id: str, from_position: int | None, since: int | None, url: str | None, key: str | None, live: bool) -> None:
    """Send the endpoint WE_ID (we_…) once more what happened since a position or an instant, in order.

    \b
    Examples:
      peaswap webhooks replay we_03p… --since 1767225600
      peaswap webhooks replay we_03p… --from-position 0        everything
    """
    if (from_position is None) == (since is None):
        raise click.UsageError("Give --from-position or --since, one of them.")
    body = {"from_position": from_position} if since is None else {"since": since}
    with remote_of(url, key, live) as remote:
        found = remote.post(f"{PATH}/{id}/replay", body)
    click.echo(f"{found['id']}  What happened from position {found['from_position']} on is on its way to {id}.")


def _last_try(delivery: Object) -> str:
    """What came of the last try."""
    if not delivery["attempts"]:
        return "not tried yet"
    last = max(delivery["attempts"], key=lambda attempt: attempt["number"])
    answered = last["error"] if last["status_code"] is None else last["status_code"]
    return f"{answered} in {last['duration_ms']} ms (try {last['number']})"


def _types(named: str) -> list[str]:
    return [each.strip() for each in named.split(",") if each.strip()]


def _at(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%SZ}"


def _show_secret(endpoint: Object) -> None:
    click.echo(f"endpoint  {endpoint['id']}")
    click.echo(f"secret    {endpoint['secret']}")
    click.echo("Keep it: it is not shown again.", err=True)


def _show(found: list[Object], names: tuple[str, ...], rows: list[tuple[str, ...]], as_json: bool) -> None:
    if as_json:
        for each in found:
            click.echo(msgspec.json.encode(each).decode())
        return
    table = Table(*names, box=None)
    for row in rows:
        table.add_row(*row)
    # Ids are there to be copied, and lines to be searched: nothing is cut, however narrow the window is.
    Console(width=WIDE).print(table)
