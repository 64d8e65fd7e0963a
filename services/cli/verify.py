"""`peaswap verify`: proves that the log is what was written."""

import click
from rich.progress import Progress

from eventstore.store import EventStore
from eventstore.verify import Report
from eventstore.verify import verify as verify_log
from services.cli.house import run, settings_or_exit


@click.command("verify")
def verify() -> None:
    """Check every event of the log: the hash chain of each stream, and that no position is missing.

    Changing, removing or swapping as much as one byte of one event is found, and the first event that does not
    hold is named. Reads only; can run beside a working server.

    \b
    Exit codes: 0 the log holds, 1 it does not (or the database did not answer), 2 a setting is wrong.
    """
    settings = settings_or_exit()

    async def work() -> Report:
        store = await EventStore.open(settings.database_url, pool_size=2)
        try:
            with Progress(transient=True) as progress:
                task = progress.add_task("verifying", total=None)
                return await verify_log(store, lambda done, total: progress.update(task, completed=done, total=total))
        finally:
            await store.close()

    report = run(work())
    for line in report.lines():
        click.echo(line)
    if not report.holds:
        raise SystemExit(1)
