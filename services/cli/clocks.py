"""`peaswap clocks`: test clocks, and letting time pass on them."""

import asyncio
from datetime import datetime, timedelta

import click

from eventstore.tenants import Tenant
from services.billing.test_clocks.commands import AdvanceTestClock
from services.billing.test_clocks.decider import TEST_CLOCKS
from services.billing.test_clocks.state import TestClock
from services.cli.house import open_engine, operator, run, settings_or_exit
from services.cli.moments import instant, shown
from services.core.broker import ATTENTION_QUEUE, SETTLE, make_broker, wake_up
from services.core.engine import Engine
from services.core.settings import Settings
from services.core.step import Step

LOOK_SECONDS = 0.2
STEPS = {"d": "days", "h": "hours", "w": "weeks"}


@click.group("clocks")
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

    TIME is an instant (2026-01-31, 2026-01-31T09:30:00Z, Unix seconds) or a distance from what the clock shows
    (+3d, +12h, +2w). Workers do what is due on the way, in order; this command only sends the clock on its way and
    waits for it, so that a worker must be running.

    \b
    Examples:
      peaswap clocks advance clock_0Kx… 2026-03-01
      peaswap clocks advance clock_0Kx… +14d --no-wait
    \b
    Exit codes: 0 it is there (or on its way), 1 no such clock or it cannot go there, 2 wrong usage.
    """
    settings = settings_or_exit()

    async def work() -> TestClock:
        async with open_engine(settings) as engine:
            tenant, found = await _found(engine, clock)
            target_at = _target(found, to)
            account = tenant.name.partition("/")[0]
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


def _target(clock: TestClock, to: str) -> datetime:
    if to.startswith("+"):
        number, unit = to[1:-1], STEPS.get(to[-1:])
        if unit is None or not number.isdigit():
            raise click.BadParameter(f"'{to}' is not a distance such as +3d, +12h or +2w", param_hint="TIME")
        return clock.frozen_at + timedelta(**{unit: int(number)})
    return instant(to, "TIME")


def _wake(settings: Settings, shard: int) -> None:
    """Workers look at once, where Redis is there to tell them; else at the scheduler's next tick."""
    try:
        broker = make_broker(settings.redis_url)
        broker.enqueue(wake_up(SETTLE, ATTENTION_QUEUE, shard))
        broker.close()
    except Exception:
        return
