"""`peaswap users`: who may use the dashboard, from the command line of the server."""

import click
import msgspec
import redis.asyncio
from rich.console import Console
from rich.table import Table

from services.billing.users import team
from services.billing.users.events import Role
from services.billing.users.state import User
from services.cli.house import open_engine, operator, run, settings_or_exit
from services.cli.sentences import Sentences
from services.core.settings import Settings
from services.dashboard.sessions import Purpose, Sessions

ROLES: dict[str, Role] = {"owner": "OWNER", "member": "MEMBER", "auditor": "AUDITOR"}
DEV_EMAIL = "owner@peaswap.test"


@click.group("users", cls=Sentences)
def users() -> None:
    """Create and list the users of the dashboard, and make links by which they sign in.

    A user signs in with an e-mail address and a password, which is chosen by a one-time link.
    """


@users.command("create")
@click.option("--account", required=True, help="The account, acct_…")
@click.option("--email", required=True)
@click.option("--name", help="Default: the address.")
@click.option("--role", type=click.Choice(list(ROLES)), default="member", show_default=True)
def create(account: str, email: str, name: str | None, role: str) -> None:
    """Create a user and print the one-time link by which they choose a password.

    \b
    Example:
      peaswap users create --account acct_0Kx… --email ada@example.com --role owner
    """
    settings = settings_or_exit()

    async def work() -> str:
        user = await _invited(settings, account, email, name or email, ROLES[role])
        return await _link(settings, user.id, "password")

    click.echo(run(work()))
    click.echo("The link works once, within a week.", err=True)


@users.command("link")
@click.argument("email")
@click.option("--sign-in", is_flag=True, help="A link that signs in without choosing a password.")
def link(email: str, sign_in: bool) -> None:
    """Print a one-time link for the user with this EMAIL: to choose a (new) password, or just to sign in."""
    settings = settings_or_exit()

    async def work() -> str:
        async with open_engine(settings) as engine:
            user = await team.user_by_email(engine, email)
        if user is None:
            raise click.ClickException(f"There is no user with the address '{email}'. `peaswap users list` shows all.")
        return await _link(settings, user.id, "sign_in" if sign_in else "password")

    click.echo(run(work()))


@users.command("list")
@click.option("--account", required=True, help="The account, acct_…")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_users(account: str, as_json: bool) -> None:
    """List the users of an account."""
    settings = settings_or_exit()

    async def work() -> list[User]:
        async with open_engine(settings) as engine:
            return await team.members(engine, account)

    columns = ("user", "email", "name", "role", "state")
    rows = [(each.id, each.email, each.name, each.role.lower(), _state(each)) for each in run(work())]
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(dict(zip(columns, row, strict=True))).decode())
        return
    table = Table(*(column.capitalize() for column in columns), box=None)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@users.command("bootstrap", hidden=True)
@click.option("--account", required=True)
def bootstrap(account: str) -> None:
    """The owner of `peaswap dev`, made at its first start, and a fresh link to sign in."""
    settings = settings_or_exit()

    async def work() -> str:
        async with open_engine(settings) as engine:
            owner = next((each for each in await team.members(engine, account) if each.role == "OWNER"), None)
        if owner is None:
            email = DEV_EMAIL if await _is_free(settings, DEV_EMAIL) else f"{account.lower()}@peaswap.test"
            owner = await _invited(settings, account, email, "Owner", "OWNER")
        return await _link(settings, owner.id, "sign_in")

    click.echo(run(work()))


async def _is_free(settings: Settings, email: str) -> bool:
    async with open_engine(settings) as engine:
        return await team.user_by_email(engine, email) is None


async def _invited(settings: Settings, account: str, email: str, name: str, role: Role) -> User:
    async with open_engine(settings) as engine:
        tenant = await engine.tenants.find(account)
        if tenant is None:
            raise click.ClickException(f"There is no account '{account}'.")
        envelope = operator(engine, tenant, account, livemode=False)
        return await team.invite(engine, envelope, email=email, name=name, role=role)


async def _link(settings: Settings, user: str, purpose: Purpose) -> str:
    client = redis.asyncio.Redis.from_url(settings.redis_url)  # pyright: ignore[reportUnknownMemberType]
    try:
        token = await Sessions(client).make_link(user, purpose)
    finally:
        await client.aclose()
    return f"{settings.public_url}/dashboard/link/{token}"


def _state(user: User) -> str:
    return "active" if user.password_hash else "no password yet"
