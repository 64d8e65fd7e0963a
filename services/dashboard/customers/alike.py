"""Duplicates: customers that share an address or a phone number, with what tells them apart."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from services.api.endpoint import Sent
from services.dashboard.page import Page, Visit

URL = "/v1/customers"
GROUPS = 10
SHOWN_MAX = 8


async def duplicates(visit: Visit) -> Sent:
    """The groups, a few at a time."""
    asked = {"limit": str(GROUPS)}
    for name, param in (("after", "starting_after"), ("before", "ending_before")):
        if cursor := visit.text(name).strip():
            asked = {"limit": str(GROUPS), param: cursor}
    found = await visit.ask("GET", f"{URL}/duplicates", asked)
    groups = found["data"]
    ids = list(dict.fromkeys(id for group in groups for id in group["customers"][:SHOWN_MAX]))
    customers, *analytics = await asyncio.gather(
        visit.desk.shown_many("customers", ids),
        *(visit.ask("GET", f"{URL}/{id}/analytics") for id in ids),
    )
    paid = dict(zip(ids, analytics, strict=True))
    # Who comes back from a page has come from an older one.
    backwards = "ending_before" in asked
    newer, older = ("starting_after" in asked, found["has_more"]) if not backwards else (found["has_more"], True)
    return visit.render(
        "customers/duplicates.html",
        groups=[_group(group, customers, paid) for group in groups],
        first=len(asked) == 1,
        newer=visit.with_query(before=groups[0]["id"], after=None) if newer and groups else None,
        older=visit.with_query(after=groups[-1]["id"], before=None) if older and groups else None,
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
