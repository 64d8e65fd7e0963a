"""The calls that create, roll and revoke API keys."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct

from services.billing.api_keys.commands import CreateApiKey, RevokeApiKey, RollApiKey
from services.billing.api_keys.decider import API_KEYS, ApiKeyMissing
from services.billing.api_keys.events import PUBLISHED, Access
from services.billing.api_keys.secrets import make_secret
from services.billing.api_keys.state import ApiKey
from services.billing.api_keys.uses import last_used, with_last_use
from services.billing.api_keys.views import ApiKeyObject, api_key_object
from services.core.capability import Capability
from services.core.clock import from_unix
from services.core.envelope import Envelope
from services.core.fields import Name
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Forbidden, Invalid
from services.core.step import Step
from services.core.wire import ok

GRACE_SECONDS_MAX = 7 * 24 * 60 * 60
GRACE_SECONDS_DEFAULT = 24 * 60 * 60
RESOURCES = frozenset(
    [
        "account",
        "analytics",
        "api_keys",
        "customers",
        "events",
        "invoice_items",
        "invoices",
        "payment_methods",
        "payment_schedules",
        "payments",
        "prices",
        "products",
        "refunds",
        "simulations",
        "subscriptions",
        "system",
        "test_clocks",
        "webhook_endpoints",
    ]
)
Instant = Annotated[int, Meta(ge=0, le=253_402_300_799)]
Grace = Annotated[int, Meta(ge=0, le=GRACE_SECONDS_MAX)]


class ApiKeyDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new key of this account and environment. With `permissions` it is a restricted key: what is not named
    there is `none`. `expires` is in Unix seconds."""

    name: Name | None = None
    permissions: dict[str, Access] | None = None
    expires: Instant | None = None


class Roll(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expires_in`: how many seconds the old secret keeps working, 24 hours unless said otherwise, 7 days at most; 0
    closes it now. `grace_seconds` is another name for it."""

    expires_in: Grace | None = None
    grace_seconds: Grace | None = None


async def create(call: Call[ApiKeyDraft, None]) -> Reply:
    """Makes a key; its secret is in this answer and nowhere else."""
    draft, envelope = call.body, call.envelope
    _check_permissions(envelope, draft.permissions)
    expires_at = None if draft.expires is None else from_unix(draft.expires)
    if expires_at is not None and expires_at <= envelope.at:
        raise Invalid("'expires' must lie in the future.", param="expires")
    secret = make_secret(livemode=envelope.livemode, restricted=draft.permissions is not None)
    command = CreateApiKey(
        id=new_id(API_KEYS.prefix),
        account=envelope.account,
        livemode=envelope.livemode,
        digest=secret.digest,
        last4=secret.last4,
        name=draft.name or None,
        permissions=draft.permissions,
        expires_at=expires_at,
    )
    handled = await call.engine.handle(
        envelope,
        Step(API_KEYS, command.id, command, fresh=True),
        settles=lambda key: ok(api_key_object(key, envelope.livemode, secret.text)),
    )
    return Reply.of(handled)


async def roll(call: Call[Roll, None]) -> Reply:
    """Gives a key a new secret; the old one works on for a grace time."""
    envelope, id, body = call.envelope, call.path["id"], call.body
    if body.expires_in is not None and body.grace_seconds is not None:
        raise Invalid("'expires_in' and 'grace_seconds' are two names for one thing; give one.", param="grace_seconds")
    named = body.grace_seconds if body.expires_in is None else body.expires_in
    grace = timedelta(seconds=GRACE_SECONDS_DEFAULT if named is None else named)
    key = (await call.engine.load(API_KEYS, envelope.tenant, id)).state
    if key is None:
        raise ApiKeyMissing
    _check_permissions(envelope, key.permissions)
    secret = make_secret(livemode=envelope.livemode, restricted=key.permissions is not None)
    used_at = await last_used(call.engine, envelope.tenant, id)
    command = RollApiKey(digest=secret.digest, last4=secret.last4, old_expires_at=envelope.at + grace)
    handled = await call.engine.handle(
        envelope,
        Step(API_KEYS, id, command),
        settles=lambda rolled: ok(api_key_object(rolled, envelope.livemode, secret.text, used_at)),
    )
    return Reply.of(handled)


async def revoke(call: Call[Any, None]) -> Reply:
    """Closes a key and every secret it was rolled from, within a second, on every process."""
    envelope, id = call.envelope, call.path["id"]
    used_at = await last_used(call.engine, envelope.tenant, id)
    handled = await call.engine.handle(
        envelope,
        Step(API_KEYS, id, RevokeApiKey()),
        settles=lambda key: ok(api_key_object(key, envelope.livemode, last_used_at=used_at)),
    )
    return Reply.of(handled)


def _check_permissions(envelope: Envelope, permissions: Mapping[str, Access] | None) -> None:
    """A restricted key cannot make itself a key that may do more than it may itself."""
    for resource in permissions or {}:
        if resource not in RESOURCES:
            names = ", ".join(sorted(RESOURCES))
            raise Invalid(f"There is no resource '{resource}'; there are {names}.", param=f"permissions[{resource}]")
    if envelope.permissions is None:
        return
    if permissions is None:
        raise Forbidden("A restricted key cannot create or roll a key that may do everything.")
    for resource, access in permissions.items():
        if access != "none" and not envelope.may(f"{resource}:{access}"):
            raise Forbidden(
                f"This key lacks the permission '{resource}:{access}', so it cannot give it to another key."
            )


CAPABILITY = Capability(
    name="api_keys",
    object="api_key",
    decider=API_KEYS,
    view=api_key_object,
    view_type=ApiKeyObject,
    state_type=ApiKey,
    published=PUBLISHED,
    beside=with_last_use,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/api_keys",
            summary="Create an API key",
            perform=create,
            needs="api_keys:write",
            body=ApiKeyDraft,
            answers=ApiKeyObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/api_keys/{id}/roll",
            summary="Roll an API key",
            perform=roll,
            needs="api_keys:write",
            body=Roll,
            answers=ApiKeyObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/api_keys/{id}/revoke",
            summary="Revoke an API key",
            perform=revoke,
            needs="api_keys:write",
            answers=ApiKeyObject,
        ),
    ),
)
