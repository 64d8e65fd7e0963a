"""What was sent of an event, to each endpoint or to one: every try with its request, and what came back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from projections.freshness import ReadSide
from projections.webhook_deliveries.queries import Wanted, page_of
from projections.webhook_deliveries.routes import READERS
from services.api.endpoint import Sent
from services.billing.webhook_endpoints.decider import WEBHOOK_ENDPOINTS
from services.billing.webhook_endpoints.events import WebhookEndpointCreated, WebhookEndpointUpdated
from services.core.clock import from_unix
from services.core.event import Fact
from services.dashboard.developers.webhooks import READ
from services.dashboard.page import Page, Visit

DELIVERIES_SHOWN = 50
# A try is known to the second, and goes to where the endpoint was when the sender looked, which is shortly before.
SECOND, LOOKED_WITHIN = timedelta(seconds=1), timedelta(seconds=60)


async def shown(visit: Visit) -> Sent:
    """The body, and the deliveries with their tries, those to deleted endpoints too."""
    event = await visit.ask("GET", f"/v1/events/{visit.ids['id']}")
    named = visit.text("endpoint")
    endpoint = (await visit.desk.shown("webhook_endpoints", named)).view if named else None
    wanted = Wanted(endpoint=named or None, event=event["id"], limit=DELIVERIES_SHOWN)
    deliveries, more = await _deliveries(visit, wanted)
    return visit.render(
        "developers/deliveries.html",
        event=event,
        endpoint=endpoint,
        deliveries=deliveries,
        more=more,
        body=msgspec.json.encode(event).decode(),
        readable=msgspec.json.format(msgspec.json.encode(event), indent=2).decode(),
    )


async def _deliveries(visit: Visit, wanted: Wanted) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """The newest of them, and whether there are more: one query of them, and one of all their endpoints."""
    engine, envelope = visit.house.engine, visit.desk.envelope
    tenant, pool = envelope.tenant, engine.store.pool
    if not await visit.house.services[ReadSide].fresh(tenant, READERS):
        visit.desk.stale = True
    found, more = await page_of(pool, engine.vault, tenant, wanted, livemode=envelope.livemode)
    loaded = await engine.load_many(WEBHOOK_ENDPOINTS, tenant, sorted({each.webhook_endpoint for each in found}))
    told: list[Mapping[str, Any]] = []
    for each in found:
        endpoint = loaded[each.webhook_endpoint]
        tries = [{**msgspec.to_builtins(one), "urls": _urls(endpoint.facts, one.created)} for one in each.attempts]
        called = each.webhook_endpoint if endpoint.state is None else endpoint.state.url
        gone = endpoint.state is None or endpoint.state.deleted_at is not None
        told.append({**msgspec.to_builtins(each), "called": called, "gone": gone, "attempts": tries})
    return told, more


def _urls(facts: Sequence[Fact], created: int) -> Sequence[str]:
    """Where the endpoint was when this try was made; several where it moved just then, for tries do not record it."""
    first, last = from_unix(created) - LOOKED_WITHIN, from_unix(created) + SECOND
    urls: list[str] = []
    for fact in facts:
        event = fact.event
        if not isinstance(event, WebhookEndpointCreated | WebhookEndpointUpdated) or not isinstance(event.url, str):
            continue
        if fact.at < first:
            urls.clear()
        if fact.at < last and event.url not in urls:
            urls.append(event.url)
    return urls


PAGES = (Page(path="/events/{id}/deliveries", get=shown, needs=READ),)
