"""Trying deliveries: what is sent is made from the log at each try, signed with the secrets of this moment."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from eventstore.tenants import Tenant
from projections.event_feed.payload import Mark, told
from projections.webhook_deliveries.heads import seal_head
from services.billing.webhook_endpoints.decider import WEBHOOK_ENDPOINTS
from services.billing.webhook_endpoints.state import WebhookEndpoint
from services.core.engine import Engine
from services.core.event import decode_meta
from services.core.ids import random_fraction
from services.core.log import get_logger
from services.core.signing import signed_headers
from workers.webhooks.queue import Claimed
from workers.webhooks.results import Tried
from workers.webhooks.sending import USER_AGENT, Result, Sender

SIGNATURES = frozenset({"webhook-signature", "peaswap-signature"})
NOT_MADE = "The event could not be made from the log."
GONE = "The endpoint was disabled or deleted."

log = get_logger("webhooks")


class Prepared(Struct, frozen=True):
    """A delivery and all that its try needs. `body` None: it could not be made. `subject` is the event's."""

    claimed: Claimed
    tenant: Tenant
    endpoint: WebhookEndpoint | None
    body: bytes | None
    subject: str


async def prepared(engine: Engine, claimed: Sequence[Claimed]) -> list[Prepared]:
    """What each of these needs, read together."""
    found: list[Prepared] = []
    for number in dict.fromkeys(each.tenant for each in claimed):
        tenant = await engine.tenants.by_number(number)
        assert tenant is not None
        mine = [each for each in claimed if each.tenant == number]
        loaded = await engine.load_many(WEBHOOK_ENDPOINTS, tenant, list({each.endpoint for each in mine}))
        bodies = await _bodies(engine, tenant, list(dict.fromkeys(each.mark for each in mine)))
        subjects = await _subjects(engine, tenant, [each.mark.position for each in mine])
        for each in mine:
            endpoint = loaded[each.endpoint].state
            subject = subjects.get(each.mark.position, "")
            found.append(Prepared(each, tenant, endpoint, bodies.get(each.mark), subject))
    return found


async def tried(engine: Engine, sender: Sender, ready: Prepared) -> Tried:
    """One try, from the signature to the answer."""
    at, claimed, endpoint = engine.clock.now(), ready.claimed, ready.endpoint
    headers: dict[str, str] = {}
    if endpoint is None or not endpoint.enabled or endpoint.deleted_at is not None:
        result = Result(None, GONE, b"", 0.0)
    elif ready.body is None:
        result = Result(None, NOT_MADE, b"", 0.0)
    else:
        sealed = endpoint.secrets_at(at)
        secrets = [engine.vault.unseal(ready.tenant, endpoint.id, each).decode() for each in sealed]
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": USER_AGENT,
            **signed_headers(secrets, claimed.event, at, ready.body),
        }
        livemode = ready.tenant.name.endswith("/live")
        result = await sender.post(endpoint.url, headers, ready.body, livemode=livemode)
    head = None
    if result.head:
        keys = await engine.vault.keys(ready.tenant, [ready.subject]) if ready.subject else {}
        head = seal_head(engine.vault, ready.tenant, claimed.id, result.head, ready.subject, keys)
    return Tried(
        claimed=claimed,
        at=at,
        seconds=result.seconds,
        status_code=result.status_code,
        error=result.error,
        headers={name: value for name, value in headers.items() if name not in SIGNATURES},
        head=head,
        fraction=random_fraction(),
    )


async def _bodies(engine: Engine, tenant: Tenant, marks: Sequence[Mark]) -> Mapping[Mark, bytes]:
    try:
        events = await told(engine, tenant, marks)
    except LookupError as problem:
        # One event that this version cannot read must not hold up the others.
        log.error("event_not_made", marks=len(marks), reason=str(problem))
        if len(marks) == 1:
            return {}
        return {mark: body for each in marks for mark, body in (await _bodies(engine, tenant, [each])).items()}
    return {mark: msgspec.json.encode(event) for mark, event in zip(marks, events, strict=True)}


async def _subjects(engine: Engine, tenant: Tenant, positions: Sequence[int]) -> Mapping[int, str]:
    found = await engine.store.by_positions(tenant.shard, list(dict.fromkeys(positions)))
    return {event.position: decode_meta(event).subject for event in found}
