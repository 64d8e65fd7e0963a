"""The calls that read and change the account's settings. They live in the account's own tenant, above test and live."""

from itertools import pairwise
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from services.billing.accounts.choosing import GatewayPatch, forget_replaced, kept
from services.billing.accounts.commands import UpdateAccount
from services.billing.accounts.decider import ACCOUNTS, AccountMissing
from services.billing.accounts.events import PUBLISHED, AccountChanges, DunningEnd
from services.billing.accounts.state import Account
from services.billing.accounts.views import AccountObject, account_object
from services.core.capability import Capability
from services.core.fields import Name, currency_code, required_text, time_zone
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.step import Step
from services.core.wire import ok
from services.gateways.gateways import Gateways

DUNNING_RETRIES_MAX = 8
Day = Annotated[int, Meta(ge=1, le=60)]


class DunningPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a failed renewal is tried again, in whole days after the first failure, and what happens after the last."""

    offset_days: Annotated[tuple[Day, ...], Meta(max_length=DUNNING_RETRIES_MAX)] | UnsetType = UNSET
    end_state: DunningEnd | UnsetType = UNSET


class AccountPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to the account's settings; what is absent stays as it is."""

    name: Name | UnsetType = UNSET
    default_currency: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    dunning: DunningPatch | UnsetType = UNSET
    invoice_prefix: Annotated[str, Meta(pattern="^[A-Z0-9][A-Z0-9-]{0,11}$")] | UnsetType = UNSET
    gateway: GatewayPatch | UnsetType = UNSET


async def retrieve(call: Call[None, None]) -> Reply:
    """The account of the key."""
    tenant = await call.engine.tenants.open(call.envelope.account, call.envelope.tenant.shard)
    account = (await call.engine.load(ACCOUNTS, tenant, call.envelope.account)).state
    if account is None:
        raise AccountMissing
    return Reply(ok(account_object(account, call.envelope.livemode)))


async def update(call: Call[AccountPatch, None]) -> Reply:
    """Changes settings of the account."""
    engine, livemode, patch = call.engine, call.envelope.livemode, call.body.gateway
    tenant = await engine.tenants.open(call.envelope.account, call.envelope.tenant.shard)
    envelope, changes, gateway = replace(call.envelope, tenant=tenant), _changes(call.body), None
    await engine.look_up(envelope)
    before = (await engine.load(ACCOUNTS, tenant, envelope.account)).state
    if not isinstance(patch, UnsetType):
        gateway = await kept(engine, call.service(Gateways), tenant, patch, livemode=livemode)
    handled = await engine.handle(
        envelope,
        Step(ACCOUNTS, envelope.account, UpdateAccount(changes, gateway)),
        settles=lambda account: ok(account_object(account, livemode)),
    )
    await forget_replaced(engine, tenant, before, handled.state)
    return Reply.of(handled)


def _changes(patch: AccountPatch) -> AccountChanges:
    dunning = DunningPatch() if isinstance(patch.dunning, UnsetType) else patch.dunning
    offsets = dunning.offset_days
    if not isinstance(offsets, UnsetType) and any(b <= a for a, b in pairwise(offsets)):
        raise Invalid("'dunning[offset_days]' must rise from each retry to the next.", param="dunning[offset_days]")
    return AccountChanges(
        name=UNSET if isinstance(patch.name, UnsetType) else required_text(patch.name, "name"),
        default_currency=UNSET
        if isinstance(patch.default_currency, UnsetType)
        else currency_code(patch.default_currency, "default_currency"),
        timezone=UNSET if isinstance(patch.timezone, UnsetType) else time_zone(patch.timezone),
        dunning_offset_days=offsets,
        dunning_end=dunning.end_state,
        invoice_prefix=patch.invoice_prefix,
    )


CAPABILITY = Capability(
    name="account",
    object="account",
    decider=ACCOUNTS,
    view=account_object,
    view_type=AccountObject,
    state_type=Account,
    published=PUBLISHED,
    listed=False,
    readable=False,
    operations=(
        Operation(
            methods=("GET",),
            path="/v1/account",
            summary="Retrieve the account",
            perform=retrieve,
            needs="account:read",
            answers=AccountObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/account",
            summary="Update the account",
            perform=update,
            needs="account:write",
            body=AccountPatch,
            answers=AccountObject,
        ),
    ),
)
