"""API keys: the list, one with its permissions, making, rolling and revoking one. A secret is shown once."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.billing.api_keys.routes import RESOURCES
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.formatting import words
from services.dashboard.forms import once
from services.dashboard.listing import Column, Listing, page_of
from services.dashboard.page import Page, Visit

URL = "/v1/api_keys"
READ, WRITE = "api_keys:read", "api_keys:write"
TABS = (
    ("API keys", "/api_keys"),
    ("Webhooks", "/webhook_endpoints"),
    ("Events", "/events"),
    ("Requests", "/requests"),
)
ACCESS = (("none", "None"), ("read", "Read"), ("write", "Read and write"))
MAY = "may_"
GRACES = (("86400", "24 hours"), ("3600", "1 hour"), ("604800", "7 days"), ("0", "Not at all"))


def state_of(key: Mapping[str, Any], now: int) -> str:
    """Whether the key opens anything."""
    if key["revoked"] is not None:
        return "REVOKED"
    return "EXPIRED" if key["expires"] is not None and key["expires"] <= now else "ACTIVE"


LIST = Listing(
    path="/api_keys",
    url=URL,
    title="Developers",
    capability="api_keys",
    columns=(
        Column(name="called", label="Name"),
        Column(name="ends", label="Ends in", kind="code"),
        Column(name="state", label="Status", kind="status"),
        Column(name="type", label="Kind", kind="words", more=True),
        Column(name="last_used", label="Last used", kind="instant"),
        Column(name="expires", label="Expires", kind="day", more=True),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="An API key lets your programs in. Give each program its own, with no more permissions than it needs.",
    create=("Create key", "/api_keys/new"),
    row=lambda row, now: {
        "called": row["name"] or "Unnamed",
        "ends": f"…{row['last4']}",
        "state": state_of(row, now),
    },
    tabs=TABS,
)


async def shown(visit: Visit) -> Sent:
    """A key and what it may do."""
    key = await _key(visit)
    state = state_of(key, visit.now)
    return visit.render(
        "developers/key.html",
        key=key,
        state=state,
        permissions=None if key["permissions"] is None else sorted(key["permissions"].items()),
        may_write=visit.may(WRITE) and state == "ACTIVE",
    )


async def _key(visit: Visit) -> Mapping[str, Any]:
    """With its last use, which only the operation knows."""
    return await visit.ask("GET", f"{URL}/{visit.ids['id']}")


def _told(visit: Visit, key: Mapping[str, Any]) -> Sent:
    """The page that shows the secret, this once: nothing keeps it."""
    return visit.render(
        "developers/secret.html",
        title="Your new key",
        trail=[("API keys", visit.url("/api_keys"))],
        called=key["name"] or "",
        secret=key["secret"],
        back=visit.url(f"/api_keys/{key['id']}"),
    )


async def ask_new(visit: Visit) -> Question:
    """What the key may do."""
    return Question(
        title="Create API key",
        label="Create key",
        back=visit.url("/api_keys"),
        trail=(("API keys", visit.url("/api_keys")),),
        note=f"It belongs to this account's {visit.env} environment and opens nothing else.",
        inputs=(
            Input(name="name", label="Name", hint="What it is for, such as: web shop.", max=256),
            Input(name="expires", label="Expires", kind="time", hint=f"Empty: never. In the zone {visit.zone}."),
            Input(
                name="kind",
                label="Permissions",
                kind="select",
                options=(("secret", "Everything"), ("restricted", "Only what is chosen below")),
            ),
            *(
                Input(name=f"{MAY}{each}", label=words(each), kind="select", options=ACCESS)
                for each in sorted(RESOURCES)
            ),
        ),
        template="developers/new_key.html",
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Creates the key and shows its secret."""
    given = answered(visit, question)
    wanted = {name: given[name] for name in ("name", "expires") if name in given}
    if given.get("kind") != "secret":
        wanted["permissions"] = {
            name.removeprefix(MAY): access
            for name, access in given.items()
            if name.startswith(MAY) and access != "none"
        }
    return _told(visit, await visit.ask("POST", URL, wanted, key=once(visit)))


async def ask_roll(visit: Visit) -> Question:
    """How long the old secret lives on."""
    key = await _key(visit)
    return Question(
        title=f"Roll {key['name'] or 'this key'}?",
        label="Roll key",
        back=visit.url(f"/api_keys/{key['id']}"),
        confirms=True,
        says=("You get a new secret, shown once.", "The old one works on for a while, so that nothing breaks."),
        inputs=(Input(name="grace_seconds", label="The old one works for", kind="select", options=GRACES),),
    )


async def roll(visit: Visit, question: Question) -> Sent:
    """Gives the key a new secret and shows it."""
    wanted = answered(visit, question)
    return _told(visit, await visit.ask("POST", f"{URL}/{visit.ids['id']}/roll", wanted, key=once(visit)))


async def ask_revoke(visit: Visit) -> Question:
    """What revoking means."""
    key = await _key(visit)
    return Question(
        title=f"Revoke {key['name'] or 'this key'}?",
        label="Revoke key",
        back=visit.url(f"/api_keys/{key['id']}"),
        bad=True,
        confirms=True,
        says=("It stops working within a second, everywhere.", "This cannot be undone."),
    )


async def revoke(visit: Visit, _: Question) -> Sent:
    """Closes the key."""
    id = visit.ids["id"]
    await visit.ask("POST", f"{URL}/{id}/revoke", key=once(visit))
    return await visit.redirect(f"/api_keys/{id}", "Key revoked.")


PAGES = (
    page_of(LIST),
    asking("/api_keys/new", WRITE, ask_new, create),
    Page(path="/api_keys/{id}", get=shown, needs=READ, capability="api_keys"),
    asking("/api_keys/{id}/roll", WRITE, ask_roll, roll),
    asking("/api_keys/{id}/revoke", WRITE, ask_revoke, revoke),
)
