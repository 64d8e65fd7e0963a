"""What somebody should look at: money that did not come, answers that are missing, read models that lag."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from services.dashboard.formatting import Tone, money
from services.dashboard.page import Visit
from services.dashboard.settings.gateway import missing

SHOWN = "100"
WEEK = 7 * 86_400
UNANSWERED_SECONDS = 300
LAG_SECONDS = 60


class Matter(Struct, frozen=True, kw_only=True):
    """One thing to look at, and where."""

    text: str
    label: str
    href: str
    tone: Tone = "wait"


async def attention_of(visit: Visit) -> Sequence[Matter]:
    """All matters that the user may see, the gravest first."""
    found = await asyncio.gather(
        _gateway(visit), _read_models(visit), _webhooks(visit), _invoices(visit), _payments(visit), _unanswered(visit)
    )
    matters = [each for several in found for each in several]
    return sorted(matters, key=lambda each: each.tone != "bad")


async def _listed(visit: Visit, needs: str, url: str, **wanted: str) -> tuple[Sequence[Mapping[str, Any]], str]:
    """The objects, and how many they are in words: with a plus where there are more."""
    if not visit.may(needs):
        return [], "0"
    answer = await visit.ask("GET", url, {"limit": SHOWN, **wanted})
    return answer["data"], f"{len(answer['data'])}{'+' if answer['has_more'] else ''}"


async def _payments(visit: Visit) -> Sequence[Matter]:
    found, count = await _listed(visit, "payments:read", "/v1/payments", status="FAILED")
    recent = [each for each in found if each["created"] >= visit.now - WEEK]
    if not recent:
        return []
    many = count if len(recent) == len(found) else str(len(recent))
    text = f"{many} failed {'payment' if many == '1' else 'payments'} this week"
    return [Matter(text=text, label="See failed payments", href=visit.url("/payments?status=FAILED"))]


async def _unanswered(visit: Visit) -> Sequence[Matter]:
    found, _ = await _listed(visit, "payments:read", "/v1/payments", status="PROCESSING")
    old = [each for each in found if each["updated"] < visit.now - UNANSWERED_SECONDS]
    if not old:
        return []
    text = f"{len(old)} {'payment has' if len(old) == 1 else 'payments have'} had no answer for 5 minutes"
    return [Matter(text=text, label="See them", href=visit.url("/payments?status=PROCESSING"))]


async def _invoices(visit: Visit) -> Sequence[Matter]:
    found, _ = await _listed(visit, "invoices:read", "/v1/invoices", status="OPEN")
    declined = [each for each in found if each["last_error"]]
    sums: dict[str, int] = {}
    for each in declined:
        sums[each["currency"]] = sums.get(each["currency"], 0) + each["amount_remaining"]
    return [
        Matter(
            text=f"{money(amount, currency)} on invoices whose last attempt was declined",
            label="See open invoices",
            href=visit.url("/invoices?status=OPEN"),
            tone="bad",
        )
        for currency, amount in sums.items()
    ]


async def _read_models(visit: Visit) -> Sequence[Matter]:
    if not visit.may("system:read"):
        return []
    found = (await visit.ask("GET", "/v1/system/projections"))["data"]
    return [
        Matter(
            text=f"The read model {each['name']} has stopped"
            if each["reason"]
            else f"The read model {each['name']} lags by {each['lag_seconds']:.0f} seconds",
            label="See the system",
            href=visit.url("/system"),
            tone="bad",
        )
        for each in found
        if each["reason"] or each["lag_seconds"] > LAG_SECONDS
    ]


async def _gateway(visit: Visit) -> Sequence[Matter]:
    if not visit.may("account:read"):
        return []
    problem = missing((await visit.ask("GET", "/v1/account"))["gateway"])
    where = "/settings/gateway" if visit.may("account:write") else "/settings"
    return [Matter(text=problem, label="See the gateway", href=visit.url(where), tone="bad")] if problem else []


async def _webhooks(visit: Visit) -> Sequence[Matter]:
    found, _ = await _listed(visit, "webhook_endpoints:read", "/v1/webhook_endpoints")
    return [
        Matter(
            text=f"The webhook endpoint {each['url']} is disabled: nothing reached it any more",
            label="See its deliveries",
            href=visit.url(f"/webhook_endpoints/{each['id']}"),
            tone="bad",
        )
        for each in found
        if each["failing_since"] is not None
    ]
