"""`peaswap clocks`: test clocks, and letting time pass on them."""

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import click

from eventstore.tenants import Tenant
from services.billing.accounts.decider import ACCOUNTS
from services.billing.test_clocks.commands import AdvanceTestClock
from services.billing.test_clocks.decider import TEST_CLOCKS
from services.billing.test_clocks.state import TestClock
from services.cli.house import open_engine, operator, run, settings_or_exit
from services.cli.moments import instant, shown
from services.cli.sentences import Sentences
from services.core.broker import ATTENTION_QUEUE, SETTLE, make_broker, wake_up
from services.core.engine import Engine
from services.core.period import Billing, Cycle, Interval
from services.core.settings import Settings
from services.core.step import Step

LOOK_SECONDS = 0.2
# By the calendar of the account's zone; hours are hours.
STEPS: Mapping[str, Interval] = {"d": "DAY", "w": "WEEK", "m": "MONTH", "y": "YEAR"}
DISTANCE = re.compile(r"\+(\d{1,6})([hdwmy])", re.ASCII)


@click.group("clocks", cls=Sentences)
def clocks() -> None:
    """Let time pass on test clocks.

    A customer that was created on a test clock lives by it: its renewals, trials and retries happen when the clock
    comes to their instants, one after another, and nothing off that clock is touched.
    """


@clocks.command("advance")
@click.argument("clock", metavar="CLOCK")
@click.argument("to", metavar="TIME")
@click.option("--wait/--no-wait", default=True, help="Wait until everything on the way has happened (the default).")
def advance(clock: str, to: str, wait: bool) -> None:
    """Let time pass on CLOCK (clock_…) until TIME.

    TIME is an instant (2026-01-31, 2026-01-31T09:30:00Z, Unix seconds) or a distance from what the clock shows:
    +12h, +3d, +2w, +1m, +1y are hours, days, weeks, months and years. All but hours go by the calendar of the account's
    time zone: a month after 31 January is the last day of February.

    Workers do what is due on the way, in order; this command only sends the clock on its way and waits for it, so that
    a worker must be running.

    \b
    Examples:
      peaswap clocks advance clock_0Kx… 2026-03-01
      peaswap clocks advance clock_0Kx… +1m
      peaswap clocks advance clock_0Kx… +14d --no-wait
    \b
    Exit codes: 0 it is there (or on its way), 1 no such clock or it cannot go there, 2 wrong usage.
    """
    settings = settings_or_exit()

    async def work() -> TestClock:
        async with open_engine(settings) as engine:
            tenant, found = await _found(engine, clock)
            account = tenant.name.partition("/")[0]
            target_at = target(found.frozen_at, to, await _zone(engine, account))
            envelope = operator(engine, tenant, account, livemode=False)
            handled = await engine.handle(envelope, Step(TEST_CLOCKS, clock, AdvanceTestClock(target_at)))
            _wake(settings, tenant.shard)
            state: TestClock = handled.state
            while wait and state.target_at is not None:
                await asyncio.sleep(LOOK_SECONDS)
                state = (await _found(engine, clock))[1]
            return state

    state = run(work())
    where = f"shows {shown(state.frozen_at)}"
    going = "" if state.target_at is None else f", on its way to {shown(state.target_at)}"
    click.echo(f"{clock} {where}{going}")


async def _found(engine: Engine, clock: str) -> tuple[Tenant, TestClock]:
    for tenant in await engine.tenants.all():
        state = (await engine.load(TEST_CLOCKS, tenant, clock)).state
        if state is not None and state.deleted_at is None:
            return tenant, state
    raise click.ClickException(f"There is no test clock '{clock}'.")


async def _zone(engine: Engine, account: str) -> str:
    owner = await engine.tenants.find(account)
    state = None if owner is None else (await engine.load(ACCOUNTS, owner, account)).state
    return "UTC" if state is None else state.timezone


def target(frozen_at: datetime, to: str, zone: str) -> datetime:
    """The instant that `to` names, from where the clock stands."""
    if not to.startswith("+"):
        return instant(to, "TIME")
    found = DISTANCE.fullmatch(to)
    if found is None:
        raise click.BadParameter(
            f"'{to}' is not a distance such as +12h, +3d, +2w, +1m (a month) or +1y", param_hint="TIME"
        )
    count, unit = int(found[1]), found[2]
    if unit == "h":
        return frozen_at + timedelta(hours=count)
    return Billing(frozen_at, zone, Cycle(STEPS[unit], count)).boundary(1)


def _wake(settings: Settings, shard: int) -> None:
    """Workers look at once, where Redis is there to tell them; else at the scheduler's next tick."""
    try:
        broker = make_broker(settings.redis_url)
        broker.enqueue(wake_up(SETTLE, ATTENTION_QUEUE, shard))
        broker.close()
    except Exception:
        return
