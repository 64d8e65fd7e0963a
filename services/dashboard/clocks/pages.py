"""Test clocks: the list, one of them, and moving it forward. Only the test environment has them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.dashboard.asking import Input, Question, answered, asking
from services.dashboard.catalogue.naming import plan_text, with_products
from services.dashboard.formatting import field_time, instant
from services.dashboard.forms import once
from services.dashboard.listing import Column, Listing, customer_of, page_of
from services.dashboard.page import Page, Visit

URL = "/v1/test_helpers/test_clocks"
PATH = "/test_clocks"
READ, WRITE = "test_clocks:read", "test_clocks:write"
COUNTED = "100"
SHOWN = 20
DAY = 86_400

LIST = Listing(
    path=PATH,
    url=URL,
    title="Test clocks",
    capability="test_clocks",
    columns=(
        Column(name="called", label="Name"),
        Column(name="status", label="Status", kind="status"),
        Column(name="frozen_time", label="Time on the clock", kind="instant"),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="Customers made on a test clock live by it: advance it by a year and see a year of bills. In the test "
    "environment only.",
    create=("Create test clock", f"{PATH}/new"),
    row=lambda row, _now: {"called": row["name"] or row["id"]},
)


async def shown(visit: Visit) -> Sent:
    """A clock, who lives by it, and what happens while it moves."""
    clock = await _clock(visit)
    wanted = {"test_clock": clock["id"], "limit": COUNTED, "expand": ["data.customer"]}
    invoices, subscriptions = await asyncio.gather(
        visit.ask("GET", "/v1/invoices", wanted), visit.ask("GET", "/v1/subscriptions", wanted)
    )
    running = await with_products(visit, subscriptions["data"][:SHOWN])
    return visit.render(
        "clocks/clock.html",
        clock=clock,
        invoices=[{**each, **customer_of(each)} for each in invoices["data"][:SHOWN]],
        few=SHOWN,
        subscriptions=[{**each, **customer_of(each), "plan": plan_text(each)} for each in running],
        counts={
            name: f"{len(page['data'])}{'+' if page['has_more'] else ''}"
            for name, page in (("Subscriptions", subscriptions), ("Invoices", invoices))
        },
        may_write=visit.may(WRITE),
    )


async def _clock(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("test_clocks", visit.ids["id"])).view


async def ask_new(visit: Visit) -> Question:
    """Where a new clock stands."""
    return Question(
        title="Create test clock",
        label="Create test clock",
        back=visit.url(PATH),
        trail=(("Test clocks", visit.url(PATH)),),
        inputs=(
            Input(name="name", label="Name", max=256),
            Input(
                name="frozen_time",
                label="It stands at",
                kind="time",
                value=field_time(visit.now, visit.zone),
                required=True,
            ),
        ),
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Creates a clock."""
    made = await visit.ask("POST", URL, answered(visit, question), key=once(visit))
    return await visit.redirect(f"{PATH}/{made['id']}", "Test clock created. Now create a customer on it.")


async def ask_advance(visit: Visit) -> Question:
    """How far."""
    clock = await _clock(visit)
    return Question(
        title="Advance this clock",
        label="Advance",
        back=visit.url(f"{PATH}/{clock['id']}"),
        confirms=True,
        says=(
            f"It stands at {instant(clock['frozen_time'], visit.zone)}.",
            "Everything that is due on the way happens, in order: renewals, retries, trials that end.",
        ),
        inputs=(
            Input(
                name="frozen_time",
                label="Go to",
                kind="time",
                value=field_time(clock["frozen_time"] + 31 * DAY, visit.zone),
                required=True,
            ),
        ),
    )


async def advance(visit: Visit, question: Question) -> Sent:
    """Moves the clock; its page shows how it gets there."""
    id = visit.ids["id"]
    await visit.ask("POST", f"{URL}/{id}/advance", answered(visit, question), key=once(visit))
    return await visit.redirect(f"{PATH}/{id}", "The clock is moving.")


async def ask_delete(visit: Visit) -> Question:
    """What goes with it."""
    clock = await _clock(visit)
    return Question(
        title=f"Delete {clock['name'] or 'this clock'}?",
        label="Delete test clock",
        back=visit.url(f"{PATH}/{clock['id']}"),
        bad=True,
        confirms=True,
        says=("Nothing more becomes due for the customers that live by it.",),
    )


async def delete(visit: Visit, _: Question) -> Sent:
    """Deletes the clock."""
    await visit.ask("DELETE", f"{URL}/{visit.ids['id']}", key=once(visit))
    return await visit.redirect(PATH, "Test clock deleted.")


PAGES = (
    page_of(LIST),
    asking(f"{PATH}/new", WRITE, ask_new, create),
    Page(path=f"{PATH}/{{id}}", get=shown, needs=READ, capability="test_clocks"),
    asking(f"{PATH}/{{id}}/advance", WRITE, ask_advance, advance),
    asking(f"{PATH}/{{id}}/delete", WRITE, ask_delete, delete),
)
