"""Customers: the list that searches as one types, creating one, and its page."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Forbidden, Refusal
from services.dashboard.catalogue.naming import plan_text, with_products
from services.dashboard.customers.drafts import BLANK, draft_of, fields_of, patch_of, rows_of
from services.dashboard.forms import Theirs, again, once, unless_changed
from services.dashboard.general import page_wanted, pager
from services.dashboard.page import Page, Visit
from services.dashboard.payments.methods import method_text

PARTS = 10
URL = "/v1/customers"


async def listed(visit: Visit) -> Sent:
    """The table: Name, Email, Phone, Created."""
    query = visit.text("q").strip()
    sort, direction = visit.text("sort") or "created", visit.text("direction")
    order = {} if query else {"sort": sort, "direction": direction or None}
    found = await visit.ask("GET", URL, {**page_wanted(visit), **order, "q": query or None})
    newer, older = pager(visit, found)
    rows, sorts = found["data"], {} if query else _sorts(visit, sort, direction)
    return visit.render("customers/list.html", sorts=sorts, rows=rows, query_=query, newer=newer, older=older)


def _sorts(visit: Visit, sort: str, direction: str) -> dict[str, dict[str, str]]:
    """Where the head of each column leads, and how the list is sorted now."""
    found: dict[str, dict[str, str]] = {}
    for name in ("name", "email", "created"):
        usual = "desc" if name == "created" else "asc"
        now = direction or usual
        other = "asc" if now == "desc" else "desc"
        wanted = other if sort == name else usual
        href = visit.with_query(sort=name, direction=wanted, after=None, before=None)
        order = ("ascending" if now == "asc" else "descending") if sort == name else ""
        found[name] = {"href": href, "order": order}
    return found


async def asked_new(visit: Visit) -> Sent:
    """The form for a new one."""
    return await _new(visit, {})


async def create(visit: Visit) -> Sent:
    """Creates one from the form, once however often it is sent."""

    async def attempt() -> Sent:
        made = await visit.ask("POST", URL, draft_of(visit.form), key=once(visit))
        return await visit.redirect(f"/customers/{made['id']}", "Customer created.")

    return await again(attempt, lambda errors: _new(visit, errors))


async def _new(visit: Visit, errors: Mapping[str, str]) -> Sent:
    _demand_writer(visit)
    status = 400 if errors else 200
    filled = visit.filled({**BLANK, "test_clock": visit.text("test_clock")})
    clock = await _clock(visit, filled["test_clock"])
    return visit.render(
        "customers/new.html", status=status, errors=errors, filled=filled, clock=clock, once=once(visit)
    )


async def _clock(visit: Visit, id: str) -> Mapping[str, Any] | None:
    """The test clock by which the new customer is to live, if there is one."""
    return (await visit.desk.shown_many("test_clocks", [id])).get(id) if id else None


async def shown(visit: Visit) -> Sent:
    """A customer's page."""
    return await _page(visit, {}, ())


async def save(visit: Visit) -> Sent:
    """Saves the changes of the form, unless somebody else changed the same meanwhile."""
    id = visit.ids["id"]

    async def attempt() -> Sent:
        patch = patch_of(visit.form)

        async def change(version: int, mine: Mapping[str, Any]) -> None:
            await visit.ask("PUT", f"{URL}/{id}", mine, seen=("customers", id, version))

        theirs = await unless_changed(visit, "customers", id, patch, change)
        if theirs:
            return await _page(visit, {}, theirs)
        return await visit.redirect(f"/customers/{id}", "Changes saved.")

    _demand_writer(visit)
    return await again(attempt, lambda errors: _page(visit, errors, ()))


async def _page(visit: Visit, errors: Mapping[str, str], theirs: Sequence[Theirs]) -> Sent:
    id = visit.ids["id"]
    one = await visit.desk.shown("customers", id)
    customer = one.view
    with_it = {"customer": id, "limit": str(PARTS)}
    same = {"email": customer["email"], "limit": str(PARTS)}
    parts = await asyncio.gather(
        visit.ask("GET", f"{URL}/{id}/analytics"),
        visit.ask("GET", "/v1/payments", with_it),
        visit.ask("GET", "/v1/subscriptions", with_it),
        visit.ask("GET", "/v1/invoices", with_it),
        visit.ask("GET", "/v1/payment_schedules", with_it),
        visit.ask("GET", "/v1/payment_methods", with_it),
        visit.ask("GET", URL, same),
    )
    analytics, payments, subscriptions, invoices, schedules, methods, alike = parts
    filled = visit.filled({**fields_of(customer), "seen": one.version})
    status = 409 if theirs else 400 if errors else 200
    return visit.render(
        "customers/customer.html",
        status=status,
        customer=customer,
        gone=one.gone,
        # Who was told what others changed, and saves again, has seen it.
        seen=one.version if theirs else filled["seen"],
        filled=filled,
        rows=rows_of(filled),
        errors=errors,
        theirs=theirs,
        analytics=analytics,
        payments=payments,
        subscriptions=subscriptions,
        plans=[(plan_text(each), each) for each in await with_products(visit, subscriptions["data"])],
        invoices=invoices,
        schedules=schedules,
        methods=methods,
        method_text=method_text,
        alike=[each for each in alike["data"] if each["id"] != id],
    )


async def ask_deletion(visit: Visit) -> Sent:
    """What would happen, before it does."""
    return await _deletion(visit, None)


async def delete(visit: Visit) -> Sent:
    """Deletes the customer."""
    _demand_writer(visit)
    try:
        await visit.ask("DELETE", f"{URL}/{visit.ids['id']}")
    except Refusal as refusal:
        return await _deletion(visit, refusal.message)
    return await visit.redirect("/customers", "Customer deleted. Payments and history stay.")


async def _deletion(visit: Visit, problem: str | None) -> Sent:
    _demand_writer(visit)
    id = visit.ids["id"]
    one = await visit.desk.shown("customers", id)
    with_it = {"customer": id, "limit": "100"}
    subscriptions, schedules = await asyncio.gather(
        visit.ask("GET", "/v1/subscriptions", with_it), visit.ask("GET", "/v1/payment_schedules", with_it)
    )
    ended = {"CANCELED", "INCOMPLETE_EXPIRED"}
    return visit.render(
        "customers/delete.html",
        customer=one.view,
        gone=one.gone,
        problem=problem,
        running=sum(each["status"] not in ended for each in subscriptions["data"]),
        planned=sum(each["status"] == "ACTIVE" for each in schedules["data"]),
    )


async def ask_erasure(visit: Visit) -> Sent:
    """What erasing means, before it is done."""
    return await _erasure(visit, None)


async def erase(visit: Visit) -> Sent:
    """Erases the customer's personal data, for ever."""
    _demand_writer(visit)
    try:
        await visit.ask("POST", f"{URL}/{visit.ids['id']}/erase")
    except Refusal as refusal:
        return await _erasure(visit, refusal.message)
    return await visit.redirect("/customers", "Customer erased. Amounts and history stay, without a name.")


async def _erasure(visit: Visit, problem: str | None) -> Sent:
    _demand_writer(visit)
    one = await visit.desk.shown("customers", visit.ids["id"])
    return visit.render("customers/erase.html", customer=one.view, gone=one.gone, problem=problem)


def _demand_writer(visit: Visit) -> None:
    if not visit.may("customers:write"):
        raise Forbidden("Your role does not allow changes to customers.")


READ = "customers:read"
PAGES = (
    Page(path="/customers", get=listed, needs=READ, capability="customers"),
    Page(path="/customers/new", get=asked_new, post=create, needs=READ),
    Page(path="/customers/{id}", get=shown, post=save, needs=READ, capability="customers"),
    Page(path="/customers/{id}/delete", get=ask_deletion, post=delete, needs=READ),
    Page(path="/customers/{id}/erase", get=ask_erasure, post=erase, needs=READ),
)
