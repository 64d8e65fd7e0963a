"""`peaswap migrate`: brings the database up to date."""

import click

from eventstore.migrate import migrate as migrate_store
from projections.setup import set_up
from services.cli.house import run, settings_or_exit


@click.command("migrate")
def migrate() -> None:
    """Bring the database up to date.

    Applies the migrations of the event store that are missing, and creates the read models that do not exist
    yet. Safe to run at any time, by several at once, and again. Uses PEASWAP_MIGRATE_DATABASE_URL when it is
    set, so that the server itself can run with a user that may not change the schema.

    \b
    Exit codes: 0 done, 1 the database did not answer, 2 a setting is wrong.
    """
    settings = settings_or_exit()

    async def work() -> None:
        for name in await migrate_store(settings.migrate_database_url):
            click.echo(f"applied {name}")
        await set_up(settings.migrate_database_url, shards=settings.shards)

    run(work())
    click.echo("The database is up to date.")
