"""What the server signs, both libraries verify; what was changed, is old or is signed with another secret, neither."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from peaswap import Peaswap, SignatureVerificationError, verify_webhook

from services.core.clock import unix
from services.core.signing import new_signing_secret, signed_headers
from tests.support import javascript

AT = datetime(2022, 1, 1, tzinfo=UTC)
BODY = json.dumps({"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {"name": "Ada"}}})
SECRET, OLD, OTHER = (new_signing_secret() for _ in range(3))
HEADERS = signed_headers([SECRET, OLD], "evt_1", AT, BODY.encode())
FORMS = ["webhook-", "peaswap-"]


def form(prefix: str) -> dict[str, str]:
    """The headers of one of the two forms."""
    return {name.title(): value for name, value in HEADERS.items() if name.startswith(prefix)}


@pytest.mark.parametrize("prefix", FORMS)
def test_a_good_delivery_is_the_event(prefix: str) -> None:
    for secret in (SECRET, OLD, [OTHER, OLD]):
        event = verify_webhook(BODY.encode(), form(prefix), secret, now=unix(AT))
        assert (event.type, event.data.object["name"]) == ("customer.created", "Ada")
    assert Peaswap("sk_test_1").webhooks.verify(BODY, form(prefix), SECRET, now=unix(AT)).id == "evt_1"


@pytest.mark.parametrize("prefix", FORMS)
def test_any_other_is_refused(prefix: str) -> None:
    def refused(body: str, secret: Any, now: float | None, headers: dict[str, str]) -> None:
        with pytest.raises(SignatureVerificationError):
            verify_webhook(body, headers, secret, now=now)

    refused(BODY.replace("Ada", "Eve"), SECRET, unix(AT), form(prefix))
    refused(BODY, OTHER, unix(AT), form(prefix))
    refused(BODY, [], unix(AT), form(prefix))
    refused(BODY, SECRET, unix(AT + timedelta(seconds=301)), form(prefix))
    refused(BODY, SECRET, unix(AT - timedelta(seconds=301)), form(prefix))
    refused(BODY, SECRET, None, form(prefix))
    refused(BODY, SECRET, unix(AT), {})
    late = unix(AT + timedelta(seconds=301))
    assert verify_webhook(BODY, form(prefix), SECRET, now=late, tolerance=400).id == "evt_1"


def test_the_javascript_library_sees_it_the_same_way() -> None:
    javascript.install()
    delivery = {"body": BODY, "headers": HEADERS, "secret": SECRET, "old": OLD, "other": OTHER, "at": unix(AT)}
    done = javascript.run("--test", "webhooks.test.mjs", DELIVERY=json.dumps(delivery))
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
