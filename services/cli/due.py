"""`peaswap due`: what will happen by itself, when, and why."""

import click
import msgspec

from projections.due.queries import DueWork, due_work
from services.cli.house import open_engine, run, settings_or_exit
from services.cli.moments import instant, shown


@click.command("due")
@click.option("--until", metavar="TIME", help="Only what is due by then: 2026-01-31, 2026-01-31T09:30:00Z, seconds.")
@click.option("--clock", metavar="CLOCK", help="Only what is due on this test clock, by its time.")
@click.option("--id", "object_id", metavar="ID", help="Only this object (sub_…, in_…, psch_…, pay_…).")
@click.option("--parked", is_flag=True, help="Only what could not be done, with the reason.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, per shard.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line instead of text.")
def due(until: str | None, clock: str | None, object_id: str | None, parked: bool, limit: int, as_json: bool) -> None:
    """Show what will happen by itself, when, and why, soonest first.

    Renewals, ends of trials, retries, planned payments, expiries, notices, and questions to the gateway whose answer
    is not known: all that the workers attend to without being asked. What could not be done is parked with its
    reason; it stops nothing else, and is tried again, each time later (after an hour at most).

    \b
    Examples:
      peaswap due --until 2026-02-01
      peaswap due --parked
      peaswap due --id sub_0Kx…
    \b
    Exit codes: 0 shown, 1 with --parked when something is parked, 2 wrong usage.
    """
    settings = settings_or_exit()
    until_at = None if until is None else instant(until, "--until")

    async def work() -> list[tuple[str, DueWork]]:
        async with open_engine(settings) as engine:
            found: list[tuple[str, DueWork]] = []
            for shard in range(settings.shards):
                for each in await due_work(
                    engine.store.pool, shard, until=until_at, clock=clock, parked=parked, id=object_id, limit=limit
                ):
                    tenant = await engine.tenants.by_number(each.tenant)
                    found.append((tenant.name if tenant else str(each.tenant), each))
            return sorted(found, key=lambda pair: pair[1].due_at)

    found = run(work())
    if as_json:
        for environment, each in found:
            click.echo(msgspec.json.encode({"environment": environment, **msgspec.to_builtins(each)}).decode())
    else:
        _print(found, parked=parked)
    if parked and found:
        raise SystemExit(1)


def _print(found: list[tuple[str, DueWork]], *, parked: bool) -> None:
    for environment, each in found:
        clock = f" on {each.clock}" if each.clock else ""
        click.echo(
            f"{shown(each.due_at)}{clock}  " + click.style(each.id, bold=True) + f"  {each.why}  ({environment})"
        )
        if each.problem is not None:
            again = f", again at {shown(each.again_at)}" if each.again_at is not None else ""
            click.secho(f"    parked after {each.tries} tries{again}: {each.problem}", fg="red")
    if not found:
        click.echo("Nothing is parked." if parked else "Nothing is due.")
