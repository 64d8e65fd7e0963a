"""Duplicates: customers that share an address or a phone number, with what tells them apart."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

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
    customers, *analytics = await asyncio.gather(
        visit.desk.shown_many("customers", ids),
        *(visit.ask("GET", f"{URL}/{id}/analytics") for id in ids),
    )
    paid = dict(zip(ids, analytics, strict=True))
    newer, older = pager(visit, found)
    return visit.render(
        "customers/duplicates.html",
        groups=[_group(group, customers, paid) for group in groups],
        first=not (visit.text("after") or visit.text("before")),
        newer=newer,
        older=older,
    )


def _group(group: Mapping[str, Any], customers: Mapping[str, Any], paid: Mapping[str, Any]) -> Mapping[str, Any]:
    shown: Sequence[str] = [id for id in group["customers"][:SHOWN_MAX] if id in customers]
    return {
        "field": group["field"],
        "value": group["value"],
        "rows": [{**customers[id], "paid": paid[id]["by_currency"]} for id in shown],
        "hidden": len(group["customers"]) - len(shown),
    }


PAGES = (Page(path="/customers/duplicates", get=duplicates, needs="customers:read"),)
