"""What may be done to a webhook endpoint."""

from datetime import timedelta

import pytest

from services.billing.webhook_endpoints.commands import (
    CreateWebhookEndpoint,
    DeleteWebhookEndpoint,
    DisableFailingWebhookEndpoint,
    NoteWebhookTest,
    ReplayEvents,
    ResendEvent,
    RollWebhookSecret,
    TestWebhookEndpoint,
    UpdateWebhookEndpoint,
    WebhookEndpointCommand,
)
from services.billing.webhook_endpoints.decider import (
    WEBHOOK_ENDPOINTS,
    WebhookEndpointExists,
    WebhookEndpointIsDeleted,
    WebhookEndpointIsDisabled,
    WebhookEndpointMissing,
)
from services.billing.webhook_endpoints.events import (
    WebhookEndpointCreated,
    WebhookEndpointDeleted,
    WebhookEndpointDisabled,
    WebhookEndpointTested,
    WebhookEndpointUpdated,
    WebhookReplayRequested,
    WebhookResendRequested,
    WebhookSecretRolled,
)
from services.core.event_types import EventTypes
from tests.support.scenario import ASKED_AT, Scenario

endpoints = Scenario(WEBHOOK_ENDPOINTS)
URL = "https://example.com/hook"
CREATE = CreateWebhookEndpoint(id="we_1", url=URL, enabled_events=("*",), secret=b"one")
created = WebhookEndpointCreated(id="we_1", url=URL, enabled_events=("*",), secret=b"one")
disabled = WebhookEndpointUpdated(enabled=False)
deleted = WebhookEndpointDeleted()
ROLL = RollWebhookSecret(secret=b"two", old_expires_at=ASKED_AT + timedelta(hours=1))
rolled = WebhookSecretRolled(secret=b"two", old_expires_at=ASKED_AT + timedelta(hours=1))
ASKS = (TestWebhookEndpoint("wd_1"), ResendEvent("wd_1", "evt_1"), ReplayEvents("wr_1", 0))


def test_an_endpoint_is_created_once_and_enabled() -> None:
    endpoint = endpoints.when(CREATE).then(created)
    assert endpoint.enabled
    endpoints.given(created).when(CREATE).refused(WebhookEndpointExists)


@pytest.mark.parametrize("command", [UpdateWebhookEndpoint(), ROLL, *ASKS, DeleteWebhookEndpoint()], ids=str)
def test_what_never_was_or_is_deleted_is_refused(command: WebhookEndpointCommand) -> None:
    endpoints.when(command).refused(WebhookEndpointMissing)
    endpoints.given(created, deleted).when(command).refused(WebhookEndpointIsDeleted)


def test_only_what_changes_is_an_event() -> None:
    same = UpdateWebhookEndpoint(url=URL, enabled_events=("*",), description=None, enabled=True, metadata={})
    endpoints.given(created).when(same).then()
    change = UpdateWebhookEndpoint(url="https://example.org/", metadata={"team": "a"})
    event = WebhookEndpointUpdated(url="https://example.org/", metadata={"team": "a"})
    assert endpoints.given(created).when(change).then(event).url == "https://example.org/"


def test_while_a_secret_is_rolled_both_sign_and_then_only_the_new_one() -> None:
    endpoint = endpoints.given(created).when(ROLL).then(rolled)
    assert endpoint.secrets_at(ASKED_AT) == [b"two", b"one"]
    assert endpoint.secrets_at(ASKED_AT + timedelta(hours=1)) == [b"two"]


@pytest.mark.parametrize("command", ASKS, ids=str)
def test_nothing_can_be_sent_to_a_disabled_endpoint(command: WebhookEndpointCommand) -> None:
    endpoints.given(created, disabled).when(command).refused(WebhookEndpointIsDisabled)


def test_what_is_asked_to_be_sent_is_remembered() -> None:
    given = endpoints.given(created)
    given.when(ASKS[0]).then(WebhookEndpointTested(delivery="wd_1"))
    given.when(ASKS[1]).then(WebhookResendRequested(delivery="wd_1", event="evt_1"))
    given.when(ASKS[2]).then(WebhookReplayRequested(replay="wr_1", after_position=0))


def test_one_that_only_fails_is_disabled_once_and_enabled_by_hand() -> None:
    command, event = DisableFailingWebhookEndpoint(ASKED_AT), WebhookEndpointDisabled(failing_since_at=ASKED_AT)
    endpoint = endpoints.given(created).when(command).then(event)
    assert (endpoint.enabled, endpoint.failing_since_at) == (False, ASKED_AT)
    endpoints.given(created, event).when(command).then()
    endpoints.given(created, deleted).when(command).then()
    again = endpoints.given(created, event).when(UpdateWebhookEndpoint(enabled=True))
    assert again.then(WebhookEndpointUpdated(enabled=True)).failing_since_at is None


def test_the_answer_to_a_test_changes_nothing_even_when_the_endpoint_is_gone() -> None:
    endpoints.given(created, deleted).when(NoteWebhookTest()).then()


def test_types_are_named_one_by_one_in_groups_or_all() -> None:
    types = EventTypes(["customer.created", "customer.deleted", "customers.odd", "invoice.paid"])
    assert types.named_by("*") == list(types.names)
    assert types.named_by("customer.*") == ["customer.created", "customer.deleted"]
    assert types.named_by("invoice.paid") == ["invoice.paid"]
    assert types.named_by_any(["invoice.*", "customer.created"]) == {"invoice.paid", "customer.created"}
    for unknown in ("", "customer", "cust*", "*.created", "customer.created.*", "nobody.*", "invoice.p*", ".*"):
        assert types.named_by(unknown) == [], unknown
