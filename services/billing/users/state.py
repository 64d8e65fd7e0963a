"""A user as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from services.billing.users.events import (
    Role,
    UserEvent,
    UserInvited,
    UserPasswordSet,
    UserRemoved,
    UserRenamed,
    UserRoleChanged,
    UserSessionsEnded,
)
from services.core.decider import Hold


class User(Struct, frozen=True, kw_only=True):
    """`epoch` counts how often all sessions were ended: a session of an earlier epoch opens nothing."""

    id: str
    account: str
    email: str
    name: str
    role: Role
    created_at: datetime
    updated_at: datetime
    password_hash: str | None = None
    epoch: int = 0
    removed_at: datetime | None = None


def evolve(user: User | None, event: UserEvent, at: datetime) -> User:
    """The user after `event`."""
    if isinstance(event, UserInvited):
        return User(
            id=event.id,
            account=event.account,
            email=event.email,
            name=event.name,
            role=event.role,
            created_at=at,
            updated_at=at,
        )
    assert user is not None, "the first event of a user is the invitation"
    match event:
        case UserRenamed(name=name):
            return replace(user, name=name, updated_at=at)
        case UserRoleChanged(role=role):
            return replace(user, role=role, updated_at=at)
        case UserPasswordSet(password_hash=password_hash):
            return replace(user, password_hash=password_hash, epoch=user.epoch + 1, updated_at=at)
        case UserSessionsEnded():
            return replace(user, epoch=user.epoch + 1, updated_at=at)
        case UserRemoved():
            return replace(user, epoch=user.epoch + 1, removed_at=at, updated_at=at)
        case _:
            assert_never(event)


def email_hold(email: str) -> Hold:
    """The name under which a user's address is held: one user, whatever the account."""
    return Hold(f"user_email:{email.casefold()}", exclusive=True, personal=True)


def member_name(account: str) -> str:
    """The name that all users of an account hold."""
    return f"user_of:{account}"


def holds(user: User) -> Iterable[Hold]:
    """A removed user lets the address go."""
    return () if user.removed_at is not None else (email_hold(user.email), Hold(member_name(user.account)))
