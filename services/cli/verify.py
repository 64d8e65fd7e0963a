"""`peaswap verify`: proves that the log is what was written."""

import click
from rich.progress import Progress

from eventstore.seals import SealingKey, missing_seals
from eventstore.store import EventStore
from eventstore.verify import Report
from eventstore.verify import verify as verify_log
from services.cli.house import run, settings_or_exit


@click.command("verify")
@click.option("--seal", "kept", multiple=True, metavar="NUMBER:HASH", help="A seal that must still stand.")
def verify(kept: tuple[str, ...]) -> None:
    """Check every event of the log: the hash chain of each stream, that no position is missing, and every seal.

    Changing, removing or swapping as much as one byte of one event is found, and the first event that does not
    hold is named. Workers seal a thousand events at a time, or what is older than a minute, with a key made of the
    master key: a tail that was cut off and events that were written anew with new hashes do not match their seals.

    Keep NUMBER:HASH of the last seal, which is printed, where nobody who can change the database can change it.
    Given again with --seal, it shows that this seal still stands, and with it all that it covers. Reads only; can run
    beside a working server.

    \b
    Exit codes: 0 the log holds, 1 it does not (or the database did not answer), 2 a setting is wrong.
    """
    settings = settings_or_exit()

    key = SealingKey(settings.master_key)

    async def work() -> tuple[Report, list[str]]:
        store = await EventStore.open(settings.database_url, pool_size=2)
        try:
            with Progress(transient=True) as progress:
                task = progress.add_task("verifying", total=None)
                report = await verify_log(
                    store, lambda done, total: progress.update(task, completed=done, total=total), key
                )
            return report, await missing_seals(store.pool, kept)
        finally:
            await store.close()

    report, missing = run(work())
    for line in report.lines():
        click.echo(line)
    for each in missing:
        click.echo(f"The seal {each} does not stand any more: it and what it covers were cut off or written anew.")
    if missing or not report.holds:
        raise SystemExit(1)
