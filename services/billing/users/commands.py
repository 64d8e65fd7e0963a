"""What can be asked of a user."""

from msgspec import Struct

from services.billing.users.events import Role


class InviteUser(Struct, frozen=True, kw_only=True):
    """All fields are checked already."""

    id: str
    account: str
    email: str
    name: str
    role: Role


class RenameUser(Struct, frozen=True):
    """The user goes by this name."""

    name: str


class ChangeRole(Struct, frozen=True):
    """The user may do what this role may."""

    role: Role


class SetPassword(Struct, frozen=True):
    """The argon2 encoding of a new password."""

    password_hash: str


class EndSessions(Struct, frozen=True):
    """Whoever is signed in as this user is signed out."""


class RemoveUser(Struct, frozen=True):
    """The user can no longer sign in."""


UserCommand = InviteUser | RenameUser | ChangeRole | SetPassword | EndSessions | RemoveUser
