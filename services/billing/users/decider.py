"""Decides what may be done to a user."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec.structs import asdict

from services.billing.users.commands import (
    ChangeRole,
    EndSessions,
    InviteUser,
    RemoveUser,
    RenameUser,
    SetPassword,
    UserCommand,
)
from services.billing.users.events import (
    EVENTS,
    UserEvent,
    UserInvited,
    UserPasswordSet,
    UserRemoved,
    UserRenamed,
    UserRoleChanged,
    UserSessionsEnded,
)
from services.billing.users.state import User, evolve, holds
from services.core.decider import Decider
from services.core.refusal import Conflict, Missing


class UserExists(Conflict):
    """A user with this id exists already."""

    code = "resource_already_exists"


class UserMissing(Missing):
    """There is no such user."""


class UserIsRemoved(Missing):
    """This user was removed."""


def decide(user: User | None, command: UserCommand, _at: datetime) -> Sequence[UserEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, InviteUser):
        if user is not None:
            raise UserExists
        return [UserInvited(**asdict(command))]
    if user is None:
        raise UserMissing
    if user.removed_at is not None:
        if isinstance(command, RemoveUser):
            return []
        raise UserIsRemoved
    match command:
        case RenameUser(name=name):
            return [] if name == user.name else [UserRenamed(name=name)]
        case ChangeRole(role=role):
            return [] if role == user.role else [UserRoleChanged(role=role)]
        case SetPassword(password_hash=password_hash):
            return [UserPasswordSet(password_hash=password_hash)]
        case EndSessions():
            return [UserSessionsEnded()]
        case RemoveUser():
            return [UserRemoved()]
        case _:
            assert_never(command)


USERS: Decider[User, UserCommand, UserEvent] = Decider(
    category="user", prefix="user", events=EVENTS, decide=decide, evolve=evolve, holds=holds
)
