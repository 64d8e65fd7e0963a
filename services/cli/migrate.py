"""`peaswap migrate`: brings the database up to date."""

import click

from eventstore.migrate import migrate as migrate_store
from projections.registry import PROJECTIONS
from projections.setup import set_up
from services.cli.house import run, settings_or_exit
from services.cli.projections import rebuild_one


@click.command("migrate")
def migrate() -> None:
    """Bring the database up to date.

    Applies the migrations of the event store that are missing, creates the read models that do not exist yet, and
    rebuilds from the log those that an older version made. Safe to run at any time, by several at once, and again.
    Uses PEASWAP_MIGRATE_DATABASE_URL when it is set, so that the server itself can run with a user that may not
    change the schema.

    \b
    Exit codes: 0 done, 1 the database did not answer, 2 a setting is wrong.
    """
    settings = settings_or_exit()

    async def work() -> list[str]:
        for name in await migrate_store(settings.migrate_database_url):
            click.echo(f"applied {name}")
        return await set_up(settings.migrate_database_url, shards=settings.shards)

    outdated = run(work())
    for projection in PROJECTIONS:
        if projection.name in outdated:
            done = rebuild_one(projection)
            click.echo(f"rebuilt the read model {projection.name} from {done.events} events")
    click.echo("The database is up to date.")
