"""Duplicates: customers that share an address or a phone number, with what tells them apart."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from projections.analytics.routes import CurrencyTotals, totals_of
from projections.analytics.series import READERS
from projections.customer_list.duplicates import MEMBERS_MAX
from services.api.endpoint import Sent
from services.dashboard.general import page_wanted, pager
from services.dashboard.page import Page, Visit

URL = "/v1/customers"
GROUPS = 10
SHOWN_MAX = 8


async def duplicates(visit: Visit) -> Sent:
    """The groups, a few at a time."""
    found = await visit.ask("GET", f"{URL}/duplicates", page_wanted(visit, GROUPS))
    groups = found["data"]
    ids = list(dict.fromkeys(id for group in groups for id in group["customers"][:SHOWN_MAX]))
    customers, paid = await asyncio.gather(visit.desk.shown_many("customers", ids), _paid(visit, ids))
    newer, older = pager(visit, found)
    return visit.render(
        "customers/duplicates.html",
        groups=[_group(group, customers, paid) for group in groups],
        first=not (visit.text("after") or visit.text("before")),
        newer=newer,
        older=older,
    )


Paid = Mapping[str, Sequence[CurrencyTotals]]


async def _paid(visit: Visit, ids: Sequence[str]) -> Paid:
    """What each of them paid, for those who may see it."""
    if not visit.may("analytics:read"):
        return {}
    read, tenant = visit.house.read, visit.desk.envelope.tenant
    fresh = await read.fresh(tenant, READERS)
    visit.desk.stale = visit.desk.stale or not fresh
    return await totals_of(read.pool, tenant, ids)


def _group(group: Mapping[str, Any], customers: Mapping[str, Any], paid: Paid) -> Mapping[str, Any]:
    shown: Sequence[str] = [id for id in group["customers"][:SHOWN_MAX] if id in customers]
    return {
        "field": group["field"],
        "value": group["value"],
        "rows": [{**customers[id], "paid": paid.get(id, ())} for id in shown],
        "hidden": len(group["customers"]) - len(shown),
        "full": len(group["customers"]) == MEMBERS_MAX,
    }


PAGES = (Page(path="/customers/duplicates", get=duplicates, needs="customers:read"),)
