"""Webhook endpoints: the list, one with what was sent to it, and everything that can be done to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.api.endpoint import Sent
from services.core.event_types import EventTypes
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.choosing import chosen, pick
from services.dashboard.developers.keys import GRACES, TABS
from services.dashboard.forms import once
from services.dashboard.general import page_wanted, pager
from services.dashboard.listing import Column, Listing, page_of
from services.dashboard.page import Page, Visit

URL = "/v1/webhook_endpoints"
PATH = "/webhook_endpoints"
READ, WRITE = "webhook_endpoints:read", "webhook_endpoints:write"
ROWS = 20
ENDPOINTS_SHOWN = "100"
RECEIVER_EXAMPLE = "Where your program takes POST requests, such as https://example.com/hooks."
STATUSES = (
    ("", "Any"),
    ("PENDING", "Pending or retrying"),
    ("DELIVERED", "Delivered"),
    ("FAILED", "Failed"),
    ("CANCELED", "Canceled"),
)

LIST = Listing(
    path=PATH,
    url=URL,
    title="Developers",
    capability="webhook_endpoints",
    columns=(
        Column(name="url", label="URL"),
        Column(name="status", label="Status", kind="status"),
        Column(name="events", label="Events", more=True),
        Column(name="description", label="Description"),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="A webhook endpoint is a URL of yours that is told of events as they happen, signed and in order.",
    create=("Add endpoint", f"{PATH}/new"),
    row=lambda row, _now: {"events": "All" if "*" in row["enabled_events"] else ", ".join(row["enabled_events"])},
    tabs=TABS,
)


async def shown(visit: Visit) -> Sent:
    """An endpoint, and what was sent to it with what came back."""
    endpoint = await _endpoint(visit)
    status = visit.text("status")
    wanted = {**page_wanted(visit, ROWS), "status": status if status in dict(STATUSES) and status else None}
    found = await visit.ask("GET", f"{URL}/{endpoint['id']}/deliveries", wanted)
    newer, older = pager(visit, found)
    return visit.render(
        "developers/webhook.html",
        endpoint=endpoint,
        deliveries=found["data"],
        statuses=STATUSES,
        chosen=status,
        newer=newer,
        older=older,
        may_write=visit.may(WRITE),
    )


async def _endpoint(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("webhook_endpoints", visit.ids["id"])).view


def _back(visit: Visit) -> str:
    return visit.url(f"{PATH}/{visit.ids['id']}")


def _fields(visit: Visit, endpoint: Mapping[str, Any] | None) -> Sequence[Input]:
    known = endpoint or {"url": "", "enabled_events": ("*",), "description": ""}
    return (
        Input(name="url", label="URL", kind="url", value=known["url"], required=True, hint=RECEIVER_EXAMPLE, max=2000),
        Input(
            name="enabled_events",
            label="Events",
            kind="code",
            value="\n".join(known["enabled_events"]),
            required=True,
            hint="One a line: a type such as invoice.paid, a group such as customer.*, or * for all.",
            options=[(name, name) for name in visit.house.services[EventTypes].names],
        ),
        Input(name="description", label="Description", value=known["description"] or "", max=1000),
    )


def _wanted(visit: Visit, question: Question) -> Mapping[str, Any]:
    given = answered(visit, question)
    return {**given, "enabled_events": given.get("enabled_events", "").split()}


def _told(visit: Visit, endpoint: Mapping[str, Any]) -> Sent:
    """The page that shows the secret, this once."""
    back = visit.url(f"{PATH}/{endpoint['id']}")
    return visit.render(
        "developers/secret.html",
        title="Your signing secret",
        trail=[("Webhooks", visit.url(PATH))],
        called=endpoint["url"],
        secret=endpoint["secret"],
        back=back,
    )


async def ask_new(visit: Visit) -> Question:
    """Where, and of what it is told."""
    return Question(
        title="Add webhook endpoint",
        label="Add endpoint",
        back=visit.url(PATH),
        trail=(("Webhooks", visit.url(PATH)),),
        inputs=_fields(visit, None),
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Adds the endpoint and shows its secret."""
    return _told(visit, await visit.ask("POST", URL, _wanted(visit, question), key=once(visit)))


async def ask_edit(visit: Visit) -> Question:
    """What can be changed."""
    endpoint = await _endpoint(visit)
    on = Input(name="enabled", label="Enabled", kind="check", value="1" if endpoint["status"] == "ENABLED" else "")
    return Question(
        title="Edit webhook endpoint",
        label="Save changes",
        back=_back(visit),
        trail=(("Webhooks", visit.url(PATH)), (endpoint["url"], _back(visit))),
        inputs=(*_fields(visit, endpoint), on),
    )


async def edit(visit: Visit, question: Question) -> Sent:
    """Saves the changes."""
    wanted = dict(_wanted(visit, question))
    status = "ENABLED" if wanted.pop("enabled") == "true" else "DISABLED"
    texts = {"description": visit.typed("description").strip(), "status": status}
    await visit.ask("POST", f"{URL}/{visit.ids['id']}", {**wanted, **texts}, key=once(visit))
    return await visit.redirect(_back(visit), "Changes saved.")


async def ask_roll(visit: Visit) -> Question:
    """How long both secrets sign."""
    await _endpoint(visit)
    return Question(
        title="Roll the signing secret?",
        label="Roll secret",
        back=_back(visit),
        confirms=True,
        says=("You get a new secret, shown once.", "For a while everything is signed with both."),
        inputs=(Input(name="grace_seconds", label="The old one signs for", kind="select", options=GRACES),),
    )


async def roll(visit: Visit, question: Question) -> Sent:
    """Gives it a new secret and shows it."""
    wanted = answered(visit, question)
    return _told(visit, await visit.ask("POST", f"{URL}/{visit.ids['id']}/roll_secret", wanted, key=once(visit)))


async def ask_test(visit: Visit) -> Question:
    """What a test is."""
    endpoint = await _endpoint(visit)
    return Question(
        title="Send a test event?",
        label="Send test",
        back=_back(visit),
        confirms=True,
        says=(f"A webhook_endpoint.tested event is sent to {endpoint['url']} now.",),
    )


async def test(visit: Visit, _: Question) -> Sent:
    """Sends a test and says how it went."""
    sent = await visit.ask("POST", f"{URL}/{visit.ids['id']}/test", key=once(visit))
    last = sent["attempts"][-1] if sent["attempts"] else None
    if last is None:
        return await visit.redirect(_back(visit), "The test is on its way.")
    outcome = f"answered {last['status_code']}" if last["status_code"] else f"gave no answer: {last['error']}"
    return await visit.redirect(_back(visit), f"The endpoint {outcome}.")


async def ask_replay(visit: Visit) -> Question:
    """From when on."""
    await _endpoint(visit)
    return Question(
        title="Send earlier events again?",
        label="Send events",
        back=_back(visit),
        confirms=True,
        says=("Every event that it wants to be told of, from this moment on, is sent once more and in order.",),
        inputs=(Input(name="since", label="Since", kind="time", required=True),),
    )


async def replay(visit: Visit, question: Question) -> Sent:
    """Sends a stretch of the log again."""
    await visit.ask("POST", f"{URL}/{visit.ids['id']}/replay", answered(visit, question), key=once(visit))
    return await visit.redirect(_back(visit), "The events are being sent again.")


async def ask_delete(visit: Visit) -> Question:
    """What goes with it."""
    return Question(
        title=f"Delete {(await _endpoint(visit))['url']}?",
        label="Delete endpoint",
        back=_back(visit),
        bad=True,
        confirms=True,
        says=("Nothing is sent to it any more, and what is waiting is dropped.",),
    )


async def delete(visit: Visit, _: Question) -> Sent:
    """Deletes the endpoint."""
    await visit.ask("DELETE", f"{URL}/{visit.ids['id']}", key=once(visit))
    return await visit.redirect(PATH, "Webhook endpoint deleted.")


async def ask_resend(visit: Visit) -> Question:
    """To which endpoint an event is sent again: one of all, or where they are many one that is looked for."""
    await visit.ask("GET", f"/v1/events/{visit.ids['id']}")
    found = await visit.ask("GET", URL, {"limit": ENDPOINTS_SHOWN})
    options, named = [(each["id"], each["url"]) for each in found["data"]], visit.text("endpoint")
    return Question(
        title="Send this event again?",
        label="Send again",
        back=visit.url(f"/events/{visit.ids['id']}"),
        confirms=True,
        says=() if options else ("There is no webhook endpoint yet: add one first.",),
        inputs=(
            await pick(visit, "endpoint", "webhook_endpoints", "To", value=named)
            if found["has_more"]
            else Input(name="endpoint", label="To", kind="select", options=options, value=named, required=True),
        ),
    )


async def resend(visit: Visit, _: Question) -> Sent:
    """Sends an event to an endpoint once more."""
    endpoint = await chosen(visit, "endpoint", "webhook_endpoints")
    await visit.ask("POST", f"/v1/events/{visit.ids['id']}/resend", {"endpoint": endpoint}, key=once(visit))
    return await visit.redirect(f"{PATH}/{endpoint}", "The event is being sent again.")


PAGES = (
    page_of(LIST),
    asking(f"{PATH}/new", WRITE, ask_new, create),
    Page(path=f"{PATH}/{{id}}", get=shown, needs=READ, capability="webhook_endpoints"),
    asking(f"{PATH}/{{id}}/edit", WRITE, ask_edit, edit),
    asking(f"{PATH}/{{id}}/roll", WRITE, ask_roll, roll),
    asking(f"{PATH}/{{id}}/test", WRITE, ask_test, test),
    asking(f"{PATH}/{{id}}/replay", WRITE, ask_replay, replay),
    asking(f"{PATH}/{{id}}/delete", WRITE, ask_delete, delete),
    asking("/events/{id}/resend", WRITE, ask_resend, resend),
)
