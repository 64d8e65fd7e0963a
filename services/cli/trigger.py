"""`peaswap trigger`: brings an event about, by doing in test mode what leads to it."""

import time

import click

from projections.event_feed.published import TYPES
from services.cli.following import Event, line, newest
from services.cli.recipes import ELSEWHERE, RECIPES
from services.cli.remote import Remote, asks_api, remote_of
from services.cli.stage import Stage

SEEN_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.2


@click.command("trigger")
@click.argument("type", metavar="[TYPE]", required=False)
@asks_api
def trigger(type: str | None, url: str | None, key: str | None, live: bool) -> None:
    """Make an event of TYPE happen, such as payment.succeeded.

    Nothing is faked: the calls that lead to it are made in test mode, with test cards and, where time must pass, with a
    test clock. They are shown as they are made, and then the event. What was made stays. Without TYPE it lists the
    types that it knows.

    \b
    Examples:
      peaswap trigger payment.failed
      peaswap trigger invoice.upcoming        a subscription on a clock, four weeks later
    """
    if type is None:
        for each in RECIPES:
            if each in TYPES:
                click.echo(each)
        return
    if type not in TYPES:
        raise click.UsageError(f"There is no type of event '{type}'. `peaswap trigger` lists them.")
    if type not in RECIPES:
        raise click.UsageError(f"'{type}' cannot be triggered. {ELSEWHERE.get(type.partition('.')[0], '')}")
    with remote_of(url, key, live) as remote:
        if live or remote.livemode:
            raise click.UsageError("Only in test mode: this key is one of the live environment.")
        about = RECIPES[type](Stage(remote))
        click.echo(line(seen(remote, type, about)))


def seen(remote: Remote, type: str, about: str, seconds_max: float = SEEN_SECONDS_MAX) -> Event:
    """The event of this type about an object, once it is in the feed."""
    until = time.monotonic() + seconds_max
    while time.monotonic() < until:
        found = newest(remote, [type], object_id=about, limit=1)
        if found:
            return found[-1]
        time.sleep(LOOK_SECONDS)
    raise click.ClickException(f"It was done, but '{type}' of {about} is not in the feed yet. Is a worker running?")
