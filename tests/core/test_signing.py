"""Signatures, as the official libraries of both forms read them."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import stripe
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.core.clock import SystemClock
from services.core.ids import random_fraction
from services.core.signing import PREFIX, new_signing_secret, signed_headers

BODY = '{"id":"evt_1","object":"event","data":{"name":"Zoë"}}'.encode()
ID = "evt_1"
OLD, NEW, OTHER = new_signing_secret(), new_signing_secret(), new_signing_secret()
NOW = SystemClock().now

Verifies = Callable[[str, dict[str, str], bytes], bool]


def _standard(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        return Webhook(secret).verify(body, headers) == json.loads(body)
    except WebhookVerificationError:
        return False


def _stripe(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        event = stripe.Webhook.construct_event(body, headers["peaswap-signature"], secret)  # pyright: ignore[reportUnknownMemberType]
    except stripe.SignatureVerificationError:
        return False
    return event.id == ID


VERIFIERS = pytest.mark.parametrize("verifies", [_standard, _stripe])


@VERIFIERS
def test_the_official_library_verifies_what_we_sign(verifies: Verifies) -> None:
    headers = signed_headers([NEW], ID, NOW(), BODY)
    assert verifies(NEW, headers, BODY)


@VERIFIERS
def test_a_changed_byte_fails(verifies: Verifies) -> None:
    headers = signed_headers([NEW], ID, NOW(), BODY)
    for at in range(0, len(BODY), 7):
        assert not verifies(NEW, headers, BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :])


@VERIFIERS
def test_another_secret_fails(verifies: Verifies) -> None:
    assert not verifies(OTHER, signed_headers([NEW], ID, NOW(), BODY), BODY)


@VERIFIERS
def test_an_old_timestamp_fails(verifies: Verifies) -> None:
    assert not verifies(NEW, signed_headers([NEW], ID, NOW() - timedelta(minutes=6), BODY), BODY)


@VERIFIERS
def test_both_secrets_work_while_rolling(verifies: Verifies) -> None:
    headers = signed_headers([NEW, OLD], ID, NOW(), BODY)
    assert verifies(NEW, headers, BODY)
    assert verifies(OLD, headers, BODY)
    assert not verifies(OTHER, headers, BODY)


def test_another_id_fails_where_the_form_covers_it() -> None:
    headers = signed_headers([NEW], ID, NOW(), BODY)
    assert not _standard(NEW, headers | {"webhook-id": "evt_2"}, BODY)


def test_a_secret_is_long_and_new_each_time() -> None:
    assert NEW != OLD
    assert NEW.startswith(PREFIX)
    assert len(base64.b64decode(NEW.removeprefix(PREFIX))) == 32


def test_fractions_lie_between_nought_and_one() -> None:
    found = [random_fraction() for _ in range(1_000)]
    assert all(0 <= each < 1 for each in found)
    assert len(set(found)) > 990
