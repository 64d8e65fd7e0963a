"""`peaswap worker`: builds the read models and attends to what is due."""

import click

from eventstore.checkpoints import ShardsLeftOut
from services.cli.house import settings_or_exit
from services.core.log import set_up_logging
from workers.worker import run_worker


@click.command("worker")
def worker() -> None:
    """Run a worker: it keeps the read models up with the log and attends to what is due.

    Any number of them may run beside each other, on any number of machines. A worker that dies loses nothing: what
    it had begun is done again by another one. SIGTERM lets it finish what is under way.

    \b
    Exit codes: 0 stopped, 1 could not start, 2 a setting is wrong.
    """
    settings = settings_or_exit()
    set_up_logging(level=settings.log_level, fmt=settings.log_format)
    try:
        run_worker(settings)
    except ShardsLeftOut as problem:
        raise click.ClickException(str(problem)) from None
