"""Settings: the account, who works in it, and what a user may change about themselves."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.billing.users import team
from services.billing.users.events import Role
from services.core.refusal import Forbidden, Invalid
from services.dashboard.forms import SHOWN_AGAIN, again
from services.dashboard.guarding import SESSION_COOKIE, cookie, is_secure
from services.dashboard.page import Page, Visit
from services.dashboard.roles import MEANINGS
from services.dashboard.settings.gateway import gateway_of

ROLES: tuple[Role, ...] = ("OWNER", "MEMBER", "AUDITOR")
FIELDS = ("name", "default_currency", "timezone", "invoice_prefix")
DUNNING_ENDS = ("CANCEL", "UNPAID", "PAST_DUE")


async def shown(visit: Visit) -> Sent:
    """Everything that can be set."""
    return await _page(visit, "", {})


async def save_account(visit: Visit) -> Sent:
    """Saves the settings of the account."""

    async def attempt() -> Sent:
        days = [part.strip() for part in visit.typed("offset_days").split(",") if part.strip()]
        if not all(day.isascii() and day.isdigit() for day in days):
            raise Invalid("Enter whole days, such as 1, 3, 7, 14.", param="dunning[offset_days]")
        dunning = {"offset_days": days, "end_state": visit.typed("end_state")}
        patch = {name: visit.typed(f"account_{name}").strip() for name in FIELDS}
        await visit.ask("PUT", "/v1/account", {**patch, "dunning": dunning})
        return await visit.redirect("/settings", "Settings of the account saved.")

    return await again(attempt, lambda errors: _page(visit, "account", errors))


async def invite(visit: Visit) -> Sent:
    """Invites somebody: shows the link by which they come in, this once."""

    async def attempt() -> Sent:
        engine, envelope = visit.house.engine, visit.desk.envelope
        email, name = visit.typed("email"), visit.typed("name") or visit.typed("email")
        user = await team.invite(engine, envelope, email=email, name=name, role=_role(visit.typed("role")))
        visit.house.wake(0)
        return await _page(visit, "", {}, link=await _link(visit, user.id), invited=user.email)

    return await again(attempt, lambda errors: _page(visit, "team", errors))


async def change_member(visit: Visit) -> Sent:
    """Another role for a member, a new link, or removal, by which button it was."""
    id, act = visit.ids["id"], visit.typed("act")
    engine, envelope = visit.house.engine, visit.desk.envelope
    member = next((each for each in await team.members(engine, visit.account.id) if each.id == id), None)
    if member is None:
        return await visit.redirect("/settings", "This user is not in the team any more.")
    try:
        if act == "remove":
            await team.remove(engine, envelope, id)
        elif act == "link":
            if not visit.may("users:write"):
                raise team.NotAnOwner
            return await _page(visit, "", {}, link=await _link(visit, id), invited=member.email)
        else:
            await team.change_role(engine, envelope, id, _role(visit.typed("role")))
    except SHOWN_AGAIN as refusal:
        return await _page(visit, "member", {"": refusal.message})
    visit.house.wake(0)
    return await visit.redirect("/settings", "User removed." if act == "remove" else "Role changed.")


async def ask_removal(visit: Visit) -> Sent:
    """What removing somebody means, before it is done."""
    members = await team.members(visit.house.engine, visit.account.id)
    member = next((each for each in members if each.id == visit.ids["id"]), None)
    if member is None or not visit.may("users:write"):
        raise Forbidden("Only an owner removes users of the account.")
    return visit.render("settings/remove.html", member=member)


async def save_me(visit: Visit) -> Sent:
    """The user's own name and password; or the end of all their sessions."""
    engine, act = visit.house.engine, visit.typed("act")
    door = visit.door

    async def attempt() -> Sent:
        envelope = await door.envelope(visit.user)
        if act == "everywhere":
            await team.end_sessions(engine, envelope, visit.user.id)
            await visit.sessions.end(visit.session.token)
            visit.house.wake(0)
            return Sent(303, b"", [(b"location", b"/dashboard/sign-in")])
        if act == "password":
            user = await door.changed_password(visit.user, visit.typed("old"), visit.typed("password"))
            session = await visit.sessions.begin(user.id, user.epoch)
            await visit.sessions.end(visit.session.token)
            visit.house.wake(0)
            await visit.sessions.say(session.token, "Password changed; you are signed out everywhere else.")
            secure = is_secure({}, visit.house.settings.public_url)
            held = cookie(SESSION_COOKIE, session.token, None, secure=secure)
            return Sent(303, b"", [(b"location", visit.url("/settings").encode()), held])
        await team.rename(engine, envelope, visit.user.id, visit.typed("my_name"))
        visit.house.wake(0)
        return await visit.redirect("/settings", "Your name is saved.")

    return await again(attempt, lambda errors: _page(visit, act or "me", errors))


async def _link(visit: Visit, user: str) -> str:
    token = await visit.sessions.make_link(user, "password")
    return f"{visit.house.settings.public_url}/dashboard/link/{token}"


async def _page(
    visit: Visit, wrong: str, errors: Mapping[str, str], *, link: str | None = None, invited: str = ""
) -> Sent:
    """`wrong` names the form that `errors` are about."""
    account = await visit.ask("GET", "/v1/account")
    fields: dict[str, Any] = {
        **{name: account[name] for name in FIELDS},
        "offset_days": ", ".join(map(str, account["dunning"]["offset_days"])),
        "end_state": account["dunning"]["end_state"],
    }
    return visit.render(
        "settings/settings.html",
        status=400 if errors else 200,
        wrong=wrong,
        errors=errors,
        filled={**fields, **_typed(visit)} if wrong == "account" else fields,
        typed=visit.form if wrong == "team" else {},
        gateway=await gateway_of(visit),
        members=await team.members(visit.house.engine, visit.account.id),
        roles=[(role, role.capitalize()) for role in ROLES],
        meanings=MEANINGS,
        ends=DUNNING_ENDS,
        link_=link,
        invited=invited,
    )


def _typed(visit: Visit) -> dict[str, Any]:
    return {name.removeprefix("account_"): value for name, value in visit.form.items()}


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise Invalid("Choose one of the roles.", param="role")


PAGES = (
    Page(path="/settings", get=shown, post=save_account),
    Page(path="/settings/team", get=shown, post=invite),
    Page(path="/settings/team/{id}", get=ask_removal, post=change_member),
    Page(path="/settings/me", get=shown, post=save_me),
)
