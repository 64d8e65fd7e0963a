"""`peaswap scheduler`: makes the workers look."""

import click

from services.cli.house import settings_or_exit
from services.core.log import set_up_logging
from workers.scheduler import run_scheduler


@click.command("scheduler")
def scheduler() -> None:
    """Run a scheduler: every PEASWAP_TICK_SECONDS it tells the workers to look at the log and at what is due.

    It holds no schedule of its own: what is due stands in Postgres. Any number of them may run; without one, wake-ups
    that are lost with Redis are not made up for.

    \b
    Exit codes: 0 stopped, 2 a setting is wrong.
    """
    settings = settings_or_exit()
    set_up_logging(level=settings.log_level, fmt=settings.log_format)
    run_scheduler(settings)
