"""The users of an account: who they are, and what an owner may do about them.

All users live in one tenant of the house, so that an address is one user's alone and signing in finds it without
knowing the account.
"""

from collections.abc import Callable

from msgspec.structs import replace

from eventstore.tenants import Tenant
from services.billing.users.commands import (
    ChangeRole,
    EndSessions,
    InviteUser,
    RemoveUser,
    RenameUser,
    SetPassword,
    UserCommand,
)
from services.billing.users.decider import USERS, UserMissing
from services.billing.users.events import Role
from services.billing.users.state import User, email_hold, member_name
from services.core.again import reading_again
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.fields import email_address, required_text
from services.core.ids import new_id
from services.core.refusal import Conflict, Forbidden, Invalid
from services.core.step import Guard, Handled, HoldTaken, Step

TENANT = "users"
MEMBERS_MAX = 1_000
NAME_CHARACTERS_MAX = 256


class EmailInUse(Invalid):
    """Somebody signs in with this address already."""

    code = "email_exists"


class LastOwner(Conflict):
    """An account needs an owner: make someone else one first."""

    code = "last_owner"


class NotAnOwner(Forbidden):
    """Only an owner of the account may do this."""


async def tenant_of_users(engine: Engine) -> Tenant:
    """The tenant that all users live in."""
    return await engine.tenants.open(TENANT)


async def user_by_id(engine: Engine, id: str) -> User | None:
    """The user, unless removed; as current as the log."""
    user = (await engine.load(USERS, await tenant_of_users(engine), id)).state
    return None if user is None or user.removed_at is not None else user


async def user_by_email(engine: Engine, email: str) -> User | None:
    """The user who signs in with this address."""
    tenant = await tenant_of_users(engine)
    found = await engine.store.holders(tenant, engine.vault.blind(tenant, email_hold(email).name), 1)
    return await user_by_id(engine, found[0]) if found else None


async def members(engine: Engine, account: str) -> list[User]:
    """The users of an account, oldest first."""
    tenant = await tenant_of_users(engine)
    ids = await engine.store.holders(tenant, member_name(account), MEMBERS_MAX)
    loaded = await engine.load_many(USERS, tenant, ids)
    return [each.state for each in loaded.values() if each.state is not None and each.state.removed_at is None]


async def invite(engine: Engine, envelope: Envelope, *, email: str, name: str, role: Role) -> User:
    """A new user of the envelope's account, who cannot sign in before choosing a password."""
    _demand_owner(envelope)
    checked = email_address(email.strip(), livemode=False)
    command = InviteUser(
        id=new_id(USERS.prefix), account=envelope.account, email=checked, name=_checked_name(name), role=role
    )
    step = Step(USERS, command.id, command, fresh=True)
    try:
        return (await engine.handle(await _among_users(engine, envelope), step)).state
    except HoldTaken:
        raise EmailInUse(param="email") from None


async def change_role(engine: Engine, envelope: Envelope, id: str, role: Role) -> None:
    """Gives a user of the envelope's account another role. Raises LastOwner rather than leave none."""
    _demand_owner(envelope)
    await _changed(engine, envelope, id, ChangeRole(role), lambda user: user.role == "OWNER" and role != "OWNER")


async def remove(engine: Engine, envelope: Envelope, id: str) -> None:
    """Removes a user of the envelope's account; whatever they are signed in to closes."""
    _demand_owner(envelope)
    await _changed(engine, envelope, id, RemoveUser(), lambda user: user.role == "OWNER")


async def rename(engine: Engine, envelope: Envelope, id: str, name: str) -> None:
    """Gives the user another name."""
    await _asked(engine, envelope, id, RenameUser(_checked_name(name)))


async def set_password(engine: Engine, envelope: Envelope, id: str, password_hash: str) -> User:
    """Lets the user sign in with another password, and ends every session from before."""
    return (await _asked(engine, envelope, id, SetPassword(password_hash))).state


async def end_sessions(engine: Engine, envelope: Envelope, id: str) -> User:
    """Signs the user out everywhere."""
    return (await _asked(engine, envelope, id, EndSessions())).state


async def _changed(
    engine: Engine, envelope: Envelope, id: str, command: UserCommand, takes_an_owner: Callable[[User], bool]
) -> None:
    """Two owners who remove each other at once rely on each other's streams: one of them is told to look again."""

    async def handled() -> None:
        everyone = {user.id: user for user in await members(engine, envelope.account)}
        if id not in everyone:
            raise UserMissing
        guards: list[Guard] = []
        if takes_an_owner(everyone[id]):
            other = next((user for user in everyone.values() if user.role == "OWNER" and user.id != id), None)
            if other is None:
                raise LastOwner
            loaded = await engine.load(USERS, await tenant_of_users(engine), other.id)
            guards.append(Guard(USERS.stream(other.id), loaded.head))
            if loaded.state is None or loaded.state.removed_at is not None or loaded.state.role != "OWNER":
                raise LastOwner
        await engine.handle(await _among_users(engine, envelope), Step(USERS, id, command), guards=guards)

    await reading_again(handled)


async def _asked(engine: Engine, envelope: Envelope, id: str, command: UserCommand) -> Handled[User]:
    return await engine.handle(await _among_users(engine, envelope), Step(USERS, id, command))


async def _among_users(engine: Engine, envelope: Envelope) -> Envelope:
    return replace(envelope, tenant=await tenant_of_users(engine), key=None)


def _demand_owner(envelope: Envelope) -> None:
    if not envelope.may("users:write"):
        raise NotAnOwner


def _checked_name(name: str) -> str:
    required_text(name, "name")
    if len(name) > NAME_CHARACTERS_MAX:
        raise Invalid("'name' has at most 256 characters.", param="name")
    return name.strip()
