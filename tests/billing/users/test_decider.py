"""Users: what may be done to them, by given, when, then."""

from services.billing.users.commands import ChangeRole, EndSessions, InviteUser, RemoveUser, RenameUser, SetPassword
from services.billing.users.decider import USERS, UserExists, UserIsRemoved, UserMissing
from services.billing.users.events import (
    UserInvited,
    UserPasswordSet,
    UserRemoved,
    UserRenamed,
    UserRoleChanged,
    UserSessionsEnded,
)
from services.billing.users.state import holds
from services.billing.users.views import user_object
from tests.support.scenario import Scenario

ADA = UserInvited(id="user_1", account="acct_1", email="ada@example.com", name="Ada", role="OWNER")
INVITE = InviteUser(id="user_1", account="acct_1", email="ada@example.com", name="Ada", role="OWNER")
USER = Scenario(USERS)


def test_inviting_tells_everything_and_happens_once() -> None:
    assert USER.when(INVITE).events == [ADA]
    USER.given(ADA).when(INVITE).refused(UserExists)


def test_nothing_can_be_done_to_nobody() -> None:
    for command in (RenameUser("B"), ChangeRole("MEMBER"), SetPassword("x"), EndSessions(), RemoveUser()):
        USER.when(command).refused(UserMissing)


def test_what_already_is_gives_no_event() -> None:
    user = USER.given(ADA)
    assert user.when(RenameUser("Ada")).events == []
    assert user.when(ChangeRole("OWNER")).events == []
    assert user.when(RenameUser("Ada L.")).events == [UserRenamed(name="Ada L.")]
    assert user.when(ChangeRole("AUDITOR")).events == [UserRoleChanged(role="AUDITOR")]


def test_a_new_password_and_signing_out_everywhere_end_the_sessions_of_before() -> None:
    user = USER.given(ADA)
    assert user.state is not None
    assert user.state.epoch == 0
    for command, event in (
        (SetPassword("hash"), UserPasswordSet(password_hash="hash")),
        (EndSessions(), UserSessionsEnded()),
    ):
        answered = user.when(command)
        assert answered.events == [event]
        assert answered.after is not None
        assert answered.after.epoch == 1


def test_a_removed_user_is_gone_lets_the_address_go_and_stays_removed() -> None:
    removed = USER.given(ADA, UserRemoved())
    assert removed.when(RemoveUser()).events == []
    removed.when(ChangeRole("MEMBER")).refused(UserIsRemoved)
    assert removed.state is not None
    assert list(holds(removed.state)) == []


def test_nobody_sees_anything_of_the_password() -> None:
    user = USER.given(ADA, UserPasswordSet(password_hash="argon2"))
    assert user.state is not None
    assert "argon2" not in str(user_object(user.state, False))
    assert user_object(user.state, False).active
