"""`peaswap projections`: where the read models stand, and making them anew."""

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from projections.projection import Projection
from projections.rebuild import RebuildUnderWay, Rebuilt, rebuild
from projections.registry import PROJECTIONS
from projections.system import ProjectionStatus, statuses
from services.cli.house import open_engine, run, settings_or_exit
from services.cli.sentences import Sentences
from services.core.garbage import collect_seldom


@click.group("projections", cls=Sentences)
def projections() -> None:
    """Look at the read models, and rebuild them from the log.

    Read models are disposable: everything in them comes from the log.
    """


@projections.command("status")
def status() -> None:
    """Show where each read model stands, how far behind the log it is, and why it stopped if it did.

    \b
    Exit codes: 0 all go on, 1 one has stopped (or the database did not answer).
    """
    settings = settings_or_exit()

    async def work() -> list[ProjectionStatus]:
        async with open_engine(settings) as engine:
            return await statuses(engine.store.pool, settings.shards)

    table = Table("Read model", "Version", "Shard", "Position", "Behind", "Seconds", "State", box=None)
    found = run(work())
    for each in found:
        state = each.state if each.reason is None else f"{each.state} at {each.event}: {each.reason}"
        numbers = (each.version, each.shard, each.position, each.lag_events, each.lag_seconds)
        table.add_row(each.name, *(str(number) for number in numbers), state)
    Console().print(table)
    if any(each.state == "stopped" for each in found):
        raise SystemExit(1)


@projections.command("rebuild")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="Rebuild all of them.")
@click.option("--compare", is_flag=True, help="Exit with 1 when a rebuilt one differed from the one that served.")
def rebuild_command(names: tuple[str, ...], every: bool, compare: bool) -> None:
    """Rebuild the read models NAME from the log, beside the ones that serve, and swap.

    Reads and writes go on meanwhile. When the code is the same, the rebuilt tables are compared row by row with the
    ones that served until then, and the number of differing rows is told.

    \b
    Exit codes: 0 done, 1 it could not be done (or, with --compare, it differed), 2 no such read model.
    """
    chosen = [each for each in PROJECTIONS if every or each.name in names]
    unknown = set(names) - {each.name for each in PROJECTIONS}
    if unknown or not chosen:
        known = ", ".join(each.name for each in PROJECTIONS)
        wrong = f"There is no read model '{min(unknown)}'. " if unknown else ""
        raise click.UsageError(f"{wrong}Name one or more of: {known}; or give --all.")
    differing = 0
    for each in chosen:
        done = rebuild_one(each)
        differing += done.differing
        click.echo(f"{each.name}: rebuilt from {done.events} events, {done.differing} rows differed")
    if compare and differing:
        raise SystemExit(1)


def rebuild_one(projection: Projection) -> Rebuilt:
    """Rebuilds one read model, with a progress bar."""
    settings = settings_or_exit()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True
    )

    collect_seldom()

    async def work() -> Rebuilt:
        async with open_engine(settings) as engine:
            with bar:
                task = bar.add_task(projection.name, total=None)
                return await rebuild(
                    engine,
                    settings.migrate_database_url,
                    projection,
                    lambda done, total: bar.update(task, completed=done, total=total),
                )

    try:
        return run(work())
    except RebuildUnderWay:
        raise click.ClickException(f"{projection.name} is being rebuilt by somebody else at the moment.") from None
