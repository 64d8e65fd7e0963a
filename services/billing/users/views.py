"""A user as others see it: never with anything of the password."""

from msgspec import Struct

from services.billing.users.events import Role
from services.billing.users.state import User
from services.core.clock import unix


class UserObject(Struct, frozen=True, kw_only=True):
    """`active` once a password was chosen; `removed` is in Unix seconds."""

    id: str
    object: str = "user"
    account: str
    active: bool
    created: int
    updated: int
    email: str
    name: str
    removed: int | None
    role: Role


def user_object(user: User, _livemode: bool) -> UserObject:
    """The wire form of a user."""
    return UserObject(
        id=user.id,
        account=user.account,
        active=user.password_hash is not None,
        created=unix(user.created_at),
        updated=unix(user.updated_at),
        email=user.email,
        name=user.name,
        removed=unix(user.removed_at) if user.removed_at else None,
        role=user.role,
    )
