"""What may be done to an API key."""

from datetime import timedelta

from services.billing.api_keys.commands import CreateApiKey, RevokeApiKey, RollApiKey
from services.billing.api_keys.decider import (
    API_KEYS,
    ROLLS_MAX,
    ApiKeyExists,
    ApiKeyIsExpired,
    ApiKeyIsRevoked,
    ApiKeyMissing,
    ApiKeyRolledTooOften,
)
from services.billing.api_keys.events import ApiKeyCreated, ApiKeyRevoked, ApiKeyRolled
from services.billing.api_keys.secrets import digest_of, make_secret
from tests.support.scenario import ASKED_AT, Scenario

keys = Scenario(API_KEYS)
CREATE = CreateApiKey(id="key_1", account="acct_1", livemode=False, digest=b"one", last4="aaaa")
created = ApiKeyCreated(id="key_1", account="acct_1", livemode=False, digest=b"one", last4="aaaa")
ROLL = RollApiKey(digest=b"two", last4="bbbb", old_expires_at=ASKED_AT)
rolled = ApiKeyRolled(digest=b"two", last4="bbbb", old_digest=b"one", old_expires_at=ASKED_AT)
revoked = ApiKeyRevoked(digests=(b"one", b"two"))


def test_a_key_is_created_once() -> None:
    keys.when(CREATE).then(created)
    keys.given(created).when(CREATE).refused(ApiKeyExists)


def test_a_key_that_never_was_can_neither_be_rolled_nor_revoked() -> None:
    keys.when(ROLL).refused(ApiKeyMissing)
    keys.when(RevokeApiKey()).refused(ApiKeyMissing)


def test_rolling_keeps_the_old_secret_until_its_time_is_over() -> None:
    key = keys.given(created).when(ROLL).then(rolled)
    assert (key.digests, key.last4) == ((b"one", b"two"), "bbbb")


def test_revoking_closes_every_secret_it_ever_had() -> None:
    keys.given(created, rolled).when(RevokeApiKey()).then(revoked)
    keys.given(created, rolled, revoked).when(RevokeApiKey()).then()


def test_a_revoked_key_cannot_be_rolled() -> None:
    keys.given(created, rolled, revoked).when(ROLL).refused(ApiKeyIsRevoked)


def test_an_expired_key_cannot_be_rolled() -> None:
    expiring = ApiKeyCreated(
        id="key_1", account="acct_1", livemode=False, digest=b"one", last4="aaaa", expires_at=ASKED_AT
    )
    keys.given(expiring).when(ROLL).refused(ApiKeyIsExpired)
    keys.given(expiring).when(ROLL, at=ASKED_AT - timedelta(seconds=1)).then(rolled)


def test_a_key_is_rolled_a_hundred_times_at_most() -> None:
    many = [rolled] * ROLLS_MAX
    keys.given(created, *many).when(ROLL).refused(ApiKeyRolledTooOften)


def test_secrets_say_what_they_open_and_are_never_the_same() -> None:
    secret = make_secret(livemode=True, restricted=True)
    assert secret.text.startswith("rk_live_")
    assert secret.digest == digest_of(secret.text)
    assert secret.text.endswith(secret.last4)
    assert make_secret(livemode=False, restricted=False).text != make_secret(livemode=False, restricted=False).text
