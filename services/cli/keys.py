"""`peaswap keys`: API keys from the command line of the server."""

from datetime import datetime, timedelta

import click
import msgspec

from eventstore.seen import last_seen
from eventstore.tenants import Tenant
from services.billing.accounts.commands import OpenAccount
from services.billing.accounts.decider import ACCOUNTS
from services.billing.api_keys.commands import CreateApiKey, RevokeApiKey, RollApiKey
from services.billing.api_keys.decider import API_KEYS
from services.billing.api_keys.events import Access
from services.billing.api_keys.routes import GRACE_SECONDS_DEFAULT, GRACE_SECONDS_MAX, RESOURCES
from services.billing.api_keys.secrets import make_secret
from services.billing.api_keys.state import ApiKey
from services.cli.house import open_engine, operator, run, settings_or_exit, wake_workers
from services.cli.sentences import Sentences
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.step import Step

COLUMNS = ("key", "account", "environment", "name", "ends_in", "may", "last_used", "state")
ACCESS: dict[str, Access] = {"none": "none", "read": "read", "write": "write"}


@click.group("keys", cls=Sentences)
def keys() -> None:
    """Create, list, roll and revoke API keys.

    A key belongs to one account and one environment (test or live). Its secret is printed once, when it is
    created; the server keeps only a digest of it.
    """


@keys.command("create")
@click.option("--account", help="The account, acct_…; may be left out while there is none, then one is opened.")
@click.option("--new-account", metavar="NAME", help="Open another account of this name, for the key.")
@click.option("--live", is_flag=True, help="A key of the live environment instead of test.")
@click.option("--name", help="What the key is for, shown in lists.")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    metavar="RESOURCE:ACCESS",
    help="Makes a restricted key; may be repeated, for example customers:write.",
)
@click.option("--expires-in-days", type=click.IntRange(1, 3650), help="When the key stops working.")
def create(
    account: str | None,
    new_account: str | None,
    live: bool,
    name: str | None,
    permissions: tuple[str, ...],
    expires_in_days: int | None,
) -> None:
    """Create a key and print its secret, this once.

    A key belongs to an account. The first one opens it; from then on --account says whose it is, or --new-account opens
    another. Accounts share nothing.

    \b
    Examples:
      peaswap keys create --live --name "Shop"
      peaswap keys create --account acct_0Kx… --permission customers:read --permission payments:write
      peaswap keys create --new-account "Second shop"
    \b
    Exit codes: 0 created, 1 no such account (or the database did not answer), 2 wrong usage, or it is not said whose.
    """
    if account and new_account:
        raise click.UsageError("Give --account or --new-account, not both.")
    granted = _permissions(permissions)
    lifetime = None if expires_in_days is None else timedelta(days=expires_in_days)

    async def work() -> tuple[str, str, bool]:
        async with open_engine(settings_or_exit()) as engine:
            known = [] if account or new_account else await _accounts(engine)
            if known:
                raise click.UsageError(
                    f"Whose is it? Give --account with one of {', '.join(known)}; or --new-account NAME opens another."
                )
            owner = account or await _open_account(engine, new_account or "My company")
            expires_at = None if lifetime is None else engine.clock.now() + lifetime
            return owner, await _create_key(engine, owner, live, name, granted, expires_at), not account

    owner, secret, opened = run(work())
    click.echo(f"account  {owner}{', which was opened for it' if opened else ''}")
    click.echo(f"key      {secret}")
    click.echo("Keep it: it is not shown again.", err=True)


@keys.command("bootstrap")
@click.option("--account-name", default="Development", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: account, test_key, live_key.")
def bootstrap(account_name: str, as_json: bool) -> None:
    """Open an account with one test and one live key that may do everything; `peaswap dev` starts with this."""

    async def work() -> dict[str, str]:
        async with open_engine(settings_or_exit()) as engine:
            account = await _open_account(engine, account_name)
            test_key = await _create_key(engine, account, False, "First test key", None, None)
            live_key = await _create_key(engine, account, True, "First live key", None, None)
            return {"account": account, "test_key": test_key, "live_key": live_key}

    made = run(work())
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
        return
    for label, value in made.items():
        click.echo(f"{label:9} {value}")


@keys.command("list")
@click.option("--account", help="Only this account's keys.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_keys(account: str | None, as_json: bool) -> None:
    """List all keys: whose, which environment, what they may do, until when."""

    async def work() -> list[tuple[str, ...]]:
        async with open_engine(settings_or_exit()) as engine:
            tenants = await engine.tenants.all()
            wanted = [each for each in tenants if "/" in each.name and account in {None, each.name.partition("/")[0]}]
            return [row for tenant in wanted for row in await _rows(engine, tenant)]

    rows = run(work())
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(dict(zip(COLUMNS, row, strict=True))).decode())
        return
    shown_account = ""
    for key, owner, environment, name, last4, may, used, state in rows:
        if owner != shown_account:
            click.secho(owner, bold=True)
            shown_account = owner
        click.echo(f"  {key}  {environment}  …{last4}  {state}")
        click.echo(click.wrap_text(f"{name or 'no name'}; last used: {used}; may: {may}", 80, "      ", "      "))
    if not rows:
        click.echo("There is no key. `peaswap keys create` makes one.")


@keys.command("revoke")
@click.argument("key_id", metavar="KEY_ID")
def revoke(key_id: str) -> None:
    """Revoke the key KEY_ID (key_…). Every process refuses it within a second."""

    async def work() -> None:
        settings = settings_or_exit()
        async with open_engine(settings) as engine:
            envelope, _key = await _found(engine, key_id)
            await engine.handle(envelope, Step(API_KEYS, key_id, RevokeApiKey()))
        wake_workers(settings, envelope.tenant.shard)

    run(work())
    click.echo(f"{key_id} is revoked.")


@keys.command("roll")
@click.argument("key_id", metavar="KEY_ID")
@click.option(
    "--expires-in",
    "grace_seconds",
    type=click.IntRange(0, GRACE_SECONDS_MAX),
    default=GRACE_SECONDS_DEFAULT,
    show_default=True,
    metavar="SECONDS",
    help="How long the old secret keeps working; 0 closes it now.",
)
def roll(key_id: str, grace_seconds: int) -> None:
    """Give the key KEY_ID (key_…) a new secret and print it, this once.

    The old secret keeps working for a grace time, so that what uses it can be changed over; permissions, name and
    expiry stay as they are.

    \b
    Examples:
      peaswap keys roll key_0Kx…
      peaswap keys roll key_0Kx… --expires-in 0        the old secret may be in wrong hands
    """

    async def work() -> str:
        settings = settings_or_exit()
        async with open_engine(settings) as engine:
            envelope, key = await _found(engine, key_id)
            secret = make_secret(livemode=key.livemode, restricted=key.permissions is not None)
            until = envelope.at + timedelta(seconds=grace_seconds)
            command = RollApiKey(digest=secret.digest, last4=secret.last4, old_expires_at=until)
            await engine.handle(envelope, Step(API_KEYS, key_id, command))
        wake_workers(settings, envelope.tenant.shard)
        return secret.text

    click.echo(f"key      {run(work())}")
    click.echo(f"Keep it: it is not shown again. The old one works for {grace_seconds} more seconds.", err=True)


async def _found(engine: Engine, key_id: str) -> tuple[Envelope, ApiKey]:
    """The key, whosever it is, and the envelope to change it with."""
    for tenant in await engine.tenants.all():
        key = (await engine.load(API_KEYS, tenant, key_id)).state
        if key is not None:
            return operator(engine, tenant, key.account, livemode=key.livemode), key
    raise click.ClickException(f"There is no key '{key_id}'. `peaswap keys list` shows them all.")


async def _accounts(engine: Engine) -> list[str]:
    """The accounts that there are, and what they are called."""
    names = [each for each in await engine.tenants.all() if each.name.startswith(ACCOUNTS.prefix + "_")]
    found = [
        (each.name, (await engine.load(ACCOUNTS, each, each.name)).state) for each in names if "/" not in each.name
    ]
    return [f"{id} ({state.name})" for id, state in found if state is not None]


async def _open_account(engine: Engine, name: str) -> str:
    account = new_id(ACCOUNTS.prefix)
    tenant = await engine.tenants.open(account, await engine.tenants.roomiest())
    envelope = operator(engine, tenant, account, livemode=False)
    await engine.handle(envelope, Step(ACCOUNTS, account, OpenAccount(id=account, name=name), fresh=True))
    for environment in ("test", "live"):
        await engine.tenants.open(f"{account}/{environment}", tenant.shard)
    return account


async def _create_key(
    engine: Engine,
    account: str,
    live: bool,
    name: str | None,
    permissions: dict[str, Access] | None,
    expires_at: datetime | None,
) -> str:
    tenant = await engine.tenants.find(f"{account}/{'live' if live else 'test'}")
    if tenant is None:
        raise click.ClickException(f"There is no account '{account}'.")
    secret = make_secret(livemode=live, restricted=permissions is not None)
    command = CreateApiKey(
        id=new_id(API_KEYS.prefix),
        account=account,
        livemode=live,
        digest=secret.digest,
        last4=secret.last4,
        name=name,
        permissions=permissions,
        expires_at=expires_at,
    )
    envelope = operator(engine, tenant, account, livemode=live)
    await engine.handle(envelope, Step(API_KEYS, command.id, command, fresh=True))
    return secret.text


async def _rows(engine: Engine, tenant: Tenant) -> list[tuple[str, ...]]:
    rows = await engine.store.pool.fetch(
        """
        select stream
          from es.events
         where shard = $1
           and tenant = $2
           and stream >= 'api_key-'
           and stream < 'api_key.'
           and version = 1
         order by stream
        """,
        tenant.shard,
        tenant.number,
    )
    ids = [row["stream"].removeprefix("api_key-") for row in rows]
    found = (await engine.load_many(API_KEYS, tenant, ids)).values()
    seen, now = await last_seen(engine.store.pool, tenant, ids), engine.clock.now()
    return [_row(each.state, now, seen.get(each.state.id)) for each in found if each.state is not None]


def _row(key: ApiKey, now: datetime, used_at: datetime | None) -> tuple[str, ...]:
    may = "everything" if key.permissions is None else ", ".join(f"{k}:{v}" for k, v in key.permissions.items())
    state = "works"
    if key.revoked_at is not None:
        state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}Z"
    elif key.expires_at is not None:
        state = f"{'expired' if key.expires_at <= now else 'until'} {key.expires_at:%Y-%m-%d}"
    environment, used = "live" if key.livemode else "test", f"{used_at:%Y-%m-%d %H:%M}Z" if used_at else "never"
    return (key.id, key.account, environment, key.name or "", key.last4, may, used, state)


def _permissions(given: tuple[str, ...]) -> dict[str, Access] | None:
    granted: dict[str, Access] = {}
    for text in given:
        resource, _, access = text.partition(":")
        if resource not in RESOURCES or access not in ACCESS:
            raise click.BadParameter(f"'{text}' is not RESOURCE:ACCESS with one of {', '.join(sorted(RESOURCES))}")
        granted[resource] = ACCESS[access]
    return granted or None
