"""`peaswap bench`: how fast it is, beside peers in the same run."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import click
import msgspec

from tests.bench.place import Place, place
from tests.bench.rows import append, create, dashboard, lag, reads, rebuild, renewals, replay, webhooks
from tests.bench.table import Figure, machine, show

ROWS: Mapping[str, Callable[..., Awaitable[list[Figure]]]] = {
    "create": create.measure,
    "append": append.measure,
    "lag": lag.measure,
    "replay": replay.measure,
    "renewals": renewals.measure,
    "rebuild": rebuild.measure,
    "reads": reads.measure,
    "dashboard": dashboard.measure,
    "webhooks": webhooks.measure,
}
PEERED = {"create", "append"}


@click.command("bench")
@click.option("--quick", is_flag=True, help="Shorter rounds and fewer rows: minutes instead of a quarter of an hour.")
@click.option("--row", "names", multiple=True, type=click.Choice(list(ROWS)), help="Only these rows; may be repeated.")
@click.option("--no-peers", is_flag=True, help="Without the peers, and without installing them.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Where to write the figures.")
def bench(quick: bool, names: tuple[str, ...], no_peers: bool, json_file: Path | None) -> None:
    """Measure creates, appends, lag, rebuilds, reads, renewals and more, and print a table with ratios and goals.

    Everything runs on servers of its own, as durable as in production, that are removed afterwards. Peers (FastAPI
    with SQLAlchemy, localstripe, the eventsourcing library; message-db and emmett where there is npm) are installed
    into .venv-bench once and measured in turn with ours in the same run; the ratios are what to quote. The first full
    run takes about a quarter of an hour and loads a million customers. A goal that is not reached is named with what
    takes the time.

    \b
    Exit codes: 0 measured, whether or not every goal was reached.
    """
    figures = asyncio.run(_measure(quick, names or tuple(ROWS), no_peers))
    show(figures)
    results = json_file or Path("bench-results/latest.json")
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_bytes(msgspec.json.format(msgspec.json.encode({"machine": machine(), "figures": figures})))
    click.echo(f"\nWritten to {results}.")


async def _measure(quick: bool, names: tuple[str, ...], no_peers: bool) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        click.echo(f"measuring {name} …", err=True)
        # Each row has a place of its own: what one leaves behind must not slow the next.
        async with place() as fresh:
            await _prepare(fresh, peers=name in PEERED and not no_peers)
            figures += await ROWS[name](fresh, quick=quick)
    return figures


async def _prepare(fresh: Place, *, peers: bool) -> None:
    if peers:
        await asyncio.to_thread(fresh.find_peers)
    else:
        fresh.no_peers = "measured without peers"
