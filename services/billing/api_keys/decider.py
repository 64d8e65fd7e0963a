"""Decides what may be done to an API key."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec.structs import asdict

from services.billing.api_keys.commands import ApiKeyCommand, CreateApiKey, RevokeApiKey, RollApiKey
from services.billing.api_keys.events import EVENTS, ApiKeyCreated, ApiKeyEvent, ApiKeyRevoked, ApiKeyRolled
from services.billing.api_keys.state import ApiKey, evolve
from services.core.decider import Decider
from services.core.refusal import Conflict, Missing

ROLLS_MAX = 100


class ApiKeyExists(Conflict):
    """An API key with this id exists already."""

    code = "resource_already_exists"


class ApiKeyMissing(Missing):
    """There is no such API key."""


class ApiKeyIsRevoked(Conflict):
    """This API key is revoked; create a new one."""

    code = "api_key_revoked"


class ApiKeyIsExpired(Conflict):
    """This API key has expired; create a new one."""

    code = "api_key_expired"


class ApiKeyRolledTooOften(Conflict):
    """This API key was rolled 100 times; create a new one."""

    code = "api_key_rolled_too_often"


def decide(key: ApiKey | None, command: ApiKeyCommand, at: datetime) -> Sequence[ApiKeyEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateApiKey):
        if key is not None:
            raise ApiKeyExists
        return [ApiKeyCreated(**asdict(command))]
    if key is None:
        raise ApiKeyMissing
    match command:
        case RollApiKey(digest=digest, last4=last4, old_expires_at=old_expires_at):
            if key.revoked_at is not None:
                raise ApiKeyIsRevoked
            if key.expires_at is not None and key.expires_at <= at:
                raise ApiKeyIsExpired
            if len(key.digests) > ROLLS_MAX:
                raise ApiKeyRolledTooOften
            old = key.digests[-1]
            return [ApiKeyRolled(digest=digest, last4=last4, old_digest=old, old_expires_at=old_expires_at)]
        case RevokeApiKey():
            return [] if key.revoked_at is not None else [ApiKeyRevoked(digests=key.digests)]
        case _:
            assert_never(command)


API_KEYS: Decider[ApiKey, ApiKeyCommand, ApiKeyEvent] = Decider(
    category="api_key", prefix="key", events=EVENTS, decide=decide, evolve=evolve
)
