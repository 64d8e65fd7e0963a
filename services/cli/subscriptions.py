"""`peaswap subscriptions explain`: how every boundary and every amount of a subscription came about."""

import click
import msgspec

from eventstore.tenants import Tenant
from services.billing.invoices.decider import INVOICES
from services.billing.invoices.state import Invoice
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.cli.explanation import Explanation, explained, invoices_named
from services.cli.house import open_engine, run, settings_or_exit
from services.cli.sentences import Sentences
from services.core.engine import Engine
from services.core.event import Fact


@click.group("subscriptions", cls=Sentences)
def subscriptions() -> None:
    """Look into subscriptions."""


@subscriptions.command("explain")
@click.argument("subscription", metavar="SUB")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def explain(subscription: str, as_json: bool) -> None:
    """Write out how every period, line and amount of SUB (sub_…) came about, from the recorded events.

    Each boundary is shown with its arithmetic (the anchor's local date and so many intervals, in the billing zone),
    each line of each invoice with its exact amount before the one rounding, and what became of the invoice: the
    balance that it used, its payment, its number. Reads the log alone and changes nothing.

    \b
    Example:
      peaswap subscriptions explain sub_0Kx…
    \b
    Exit codes: 0 shown, 1 no such subscription, 2 wrong usage.
    """

    async def work() -> Explanation:
        async with open_engine(settings_or_exit()) as engine:
            facts, tenant = await _facts(engine, subscription)
            found = await engine.load_many(INVOICES, tenant, invoices_named(facts))
            invoices: list[Invoice] = [each.state for each in found.values() if each.state is not None]
            return explained(facts, invoices)

    found = run(work())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    click.secho(f"{found.subscription}  ({found.status})", bold=True)
    for line in found.cycle:
        click.echo(line)
    for chapter in found.chapters:
        click.echo()
        click.secho(f"{chapter.at}  {chapter.title}", bold=True)
        for line in chapter.lines:
            click.echo(f"    {line}")


async def _facts(engine: Engine, subscription: str) -> tuple[list[Fact], Tenant]:
    if not subscription.startswith(f"{SUBSCRIPTIONS.prefix}_"):
        raise click.UsageError(f"'{subscription}' is not the id of a subscription: those begin with sub_.")
    for tenant in await engine.tenants.all():
        facts = await engine.facts(tenant, [SUBSCRIPTIONS.stream(subscription)])
        if facts:
            return facts, tenant
    raise click.ClickException(f"The log knows nothing of '{subscription}'.")
