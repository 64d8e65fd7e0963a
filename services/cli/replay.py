"""`peaswap replay`: the life of one object, event by event, for an auditor."""

from datetime import datetime
from typing import Any

import click
import msgspec

from eventstore.tenants import Tenant
from services.billing.registry import BY_CATEGORY, CAPABILITIES
from services.cli.house import open_engine, run, settings_or_exit
from services.cli.moments import instant
from services.core.capability import Capability
from services.core.changes import Change, changes_between
from services.core.decider import category_of
from services.core.engine import Engine
from services.core.event import Fact
from services.core.ids import event_id_text


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded event: who did it, because of what, and what it changed."""

    version: int
    position: int
    id: str
    type: str
    at: str
    actor: str
    request_id: str
    idempotency_key: str
    caused_by: str
    hash: str
    changes: list[Change]


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """The events of an object, oldest first, and the object after the last of them."""

    id: str
    environment: str
    events: list[Moment]
    state: Any


@click.command("replay")
@click.argument("object_id", metavar="ID")
@click.option(
    "--as-of", "as_of", metavar="TIME", help="Stop at this instant: 2026-01-31, 2026-01-31T09:30:00Z or Unix seconds."
)
@click.option("--to-version", type=click.IntRange(1), help="Stop after this version of the object.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def replay(object_id: str, as_of: str | None, to_version: int | None, as_json: bool) -> None:
    """Fold the recorded events of ID (cust_…, pay_…, …) one by one.

    Prints each event with who did it and what it changed, and the object's state at the end. It reads the log
    alone, never a read model, and changes nothing.

    \b
    Examples:
      peaswap replay cust_0Kx…
      peaswap replay cust_0Kx… --as-of 2026-01-31T09:30:00Z --json
    \b
    Exit codes: 0 shown, 1 no such object, 2 wrong usage.
    """
    until = None if as_of is None else instant(as_of, "--as-of")

    async def work() -> Replay | None:
        async with open_engine(settings_or_exit()) as engine:
            for capability in CAPABILITIES:
                if not object_id.startswith(f"{capability.decider.prefix}_") and "_" in object_id:
                    continue
                for tenant in await engine.tenants.all():
                    facts = await engine.facts(tenant, [capability.decider.stream(object_id)])
                    if facts:
                        return _replay(capability, tenant, facts, until, to_version)
            return await _chosen_id(engine, object_id, until, to_version)

    found = run(work())
    if found is None:
        raise click.ClickException(f"The log knows nothing of '{object_id}'.")
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _print(found)


async def _chosen_id(engine: Engine, object_id: str, until: datetime | None, to_version: int | None) -> Replay | None:
    """Some objects carry ids that clients chose, whose prefix says nothing."""
    for tenant in await engine.tenants.all():
        facts = await engine.facts(tenant, [each.decider.stream(object_id) for each in CAPABILITIES])
        if facts:
            capability = BY_CATEGORY[category_of(facts[0].recorded.stream)]
            return _replay(capability, tenant, facts, until, to_version)
    return None


def _replay(
    capability: Capability, tenant: Tenant, facts: list[Fact], until: datetime | None, to_version: int | None
) -> Replay:
    livemode = tenant.name.endswith("/live")
    state: Any = None
    before: Any = None
    moments: list[Moment] = []
    for fact in facts:
        if (until is not None and fact.at > until) or (to_version is not None and fact.recorded.version > to_version):
            break
        state = capability.decider.evolve(state, fact.event, fact.at)
        after = msgspec.to_builtins(capability.view(state, livemode))
        moments.append(_moment(fact, changes_between(before, after)))
        before = after
    return Replay(
        id=facts[0].recorded.stream.partition("-")[2],
        environment=tenant.name,
        events=moments,
        state=before,
    )


def _moment(fact: Fact, changes: list[Change]) -> Moment:
    recorded, meta = fact.recorded, fact.meta
    return Moment(
        version=recorded.version,
        position=recorded.position,
        id=event_id_text(recorded.event_id),
        type=recorded.type,
        at=f"{fact.at:%Y-%m-%dT%H:%M:%S.%fZ}",
        actor=meta.actor,
        request_id=meta.request,
        idempotency_key=meta.key,
        caused_by=meta.caused_by,
        hash=recorded.hash.hex(),
        changes=changes,
    )


def _print(found: Replay) -> None:
    click.secho(f"{found.id}  ({found.environment})", bold=True)
    for moment in found.events:
        click.echo()
        click.echo(f"{moment.version:>4}  {moment.at}  " + click.style(moment.type, bold=True))
        click.echo(f"      {moment.id}  position {moment.position}  hash {moment.hash[:16]}…")
        key = f"  key {moment.idempotency_key}" if moment.idempotency_key else ""
        cause = f"  caused by {moment.caused_by}" if moment.caused_by else ""
        click.echo(f"      by {moment.actor or 'unknown'}  request {moment.request_id or '-'}{key}{cause}")
        for change in moment.changes:
            click.echo(f"      {change.field}: {_text(change.before)} → {_text(change.after)}")
    click.echo()
    click.secho("State", bold=True)
    click.echo(msgspec.json.format(msgspec.json.encode(found.state), indent=2).decode())


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
