"""What is remembered of a user: someone who works at the dashboard. The password itself is never recorded."""

from typing import Literal

from services.core.event import Event, EventCodec, Personal

Role = Literal["OWNER", "MEMBER", "AUDITOR"]


class UserInvited(Event, frozen=True, kw_only=True, tag="user.invited"):
    """Someone may come in by a one-time link and choose a password; both environments of the account are theirs."""

    id: str
    account: str
    email: Personal[str]
    name: Personal[str]
    role: Role


class UserRenamed(Event, frozen=True, kw_only=True, tag="user.renamed"):
    """The user goes by another name."""

    name: Personal[str]


class UserRoleChanged(Event, frozen=True, kw_only=True, tag="user.role_changed"):
    """The user may do other things from now on."""

    role: Role


class UserPasswordSet(Event, frozen=True, kw_only=True, tag="user.password_set"):
    """`password_hash` is argon2's encoding; every session from before ends."""

    password_hash: Personal[str]


class UserSessionsEnded(Event, frozen=True, kw_only=True, tag="user.sessions_ended"):
    """The user signed out everywhere."""


class UserRemoved(Event, frozen=True, kw_only=True, tag="user.removed"):
    """The user can no longer sign in; what they did stays in the log under their id."""


UserEvent = UserInvited | UserRenamed | UserRoleChanged | UserPasswordSet | UserSessionsEnded | UserRemoved
EVENTS = EventCodec(UserInvited, UserRenamed, UserRoleChanged, UserPasswordSet, UserSessionsEnded, UserRemoved)
