"""What the Stripe connector makes of answers as Stripe documents them and localstripe does not give them.

It is long because all of it goes by one script of what Stripe says, kept here beside what is made of it.
"""

import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx
import pytest
from msgspec.structs import replace

from services.gateways.gateway import (
    Authorized,
    Captured,
    Declined,
    GatewayMisconfigured,
    GatewayRefused,
    GatewaySilent,
    MethodDeclined,
    Outcome,
    Pending,
    RefundDeclined,
    Refunded,
    RefundPending,
    Released,
)
from services.gateways.stripe.client import StripeGateway
from services.gateways.stripe.wire import STRIPE_VERSION, AskedOtherwise, KeyUnknown
from tests.gateways.provider import Provider

SECRET = "sk_live_51HxNeverShown"
OLD = timedelta(hours=23)
CHARGE = Provider.charge("card:pm_1@cus_1")
INTENTS, SEARCH, REFUNDS = "/v1/payment_intents", "/v1/payment_intents/search", "/v1/refunds"
TEST: dict[str, Any] = {"livemode": True}


class Asked(NamedTuple):
    """A request that Stripe got."""

    method: str
    path: str
    form: dict[str, str]
    headers: httpx.Headers


class Stripe:
    """Answers by the script: each `(method, path)` has its answers, the last one for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._script: dict[tuple[str, str], list[httpx.Response]] = {}

    def says(self, method: str, path: str, body: Any, status: int = 200, **headers: str) -> None:
        """What it says to the next such request, and to all later ones until it is told more."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, str) else json.dumps(body)
        answer = httpx.Response(status, headers=named, content=content)
        self._script.setdefault((method, path), []).append(answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What it says."""
        form = dict(parse_qsl((request.content or request.url.query).decode()))
        self.asked.append(Asked(request.method, request.url.path, form, request.headers))
        answers = self._script[request.method, request.url.path]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [f"{each.method} {each.path}" for each in self.asked]


@pytest.fixture
def stripe() -> Stripe:
    return Stripe()


@pytest.fixture
async def gateway(stripe: Stripe) -> AsyncGenerator[StripeGateway]:
    headers = {"Stripe-Version": STRIPE_VERSION}
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(stripe.answer), base_url="https://stripe.test", headers=headers
    ) as client:
        yield StripeGateway(client, SECRET, 5)


def _intent(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "pi_1", "object": "payment_intent", "status": status, "amount": 2500, "unheard_of": {}, **more}


def _error(**parts: Any) -> dict[str, Any]:
    return {"error": {"message": f"Something about {SECRET}", "doc_url": "https://stripe.com", **parts}}


async def test_a_charge_is_asked_for_with_everything_that_stripe_needs(stripe: Stripe, gateway: StripeGateway) -> None:
    stripe.says("POST", INTENTS, _intent("succeeded", amount_received=2500))
    assert await gateway.charge(CHARGE) == Captured("pi_1", 2500)
    (asked,) = stripe.asked
    assert asked.form == {
        "amount": "2500",
        "currency": "eur",
        "payment_method": "pm_1",
        "payment_method_types[0]": "card",
        "customer": "cus_1",
        "off_session": "true",
        "capture_method": "automatic",
        "confirm": "true",
        "metadata[peaswap_payment]": CHARGE.reference,
        "metadata[peaswap_key]": CHARGE.key,
    }
    assert asked.headers["idempotency-key"] == CHARGE.key
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.headers["stripe-version"] == STRIPE_VERSION


@pytest.mark.parametrize(
    ("descriptor", "method", "sent"),
    [
        ("Premium subscription", "card:pm_1", {"statement_descriptor_suffix": "Premium su"}),
        ("Order *7*", "pm_1", {"statement_descriptor_suffix": "Order 7"}),
        ("Zoë's 年 <Café>", "card:pm_1", {"statement_descriptor_suffix": "Zos Caf"}),
        ("2024-001", "card:pm_1", {}),
        ("年会費", "card:pm_1", {}),
        ("Premium subscription", "sepa_debit:pm_1", {"statement_descriptor": "Premium subscription"}),
        ("Gold", "us_bank_account:pm_1", {}),
        (None, "card:pm_1", {}),
    ],
)
async def test_what_stands_on_statements_is_what_stripe_takes(
    stripe: Stripe, gateway: StripeGateway, descriptor: str | None, method: str, sent: dict[str, str]
) -> None:
    stripe.says("POST", INTENTS, _intent("succeeded", amount_received=2500))
    await gateway.charge(Provider.charge(method, descriptor=descriptor))
    (asked,) = stripe.asked
    assert {name: value for name, value in asked.form.items() if name.startswith("statement_")} == sent


@pytest.mark.parametrize(
    ("intent", "means"),
    [
        (_intent("succeeded", amount_received=2500), Captured("pi_1", 2500)),
        (_intent("requires_capture", amount_capturable=2500), Authorized("pi_1", 2500)),
        (_intent("processing"), Pending("pi_1")),
        (_intent("canceled"), Released("pi_1")),
        (
            _intent("requires_payment_method", last_payment_error={"code": "expired_card", "message": "Expired."}),
            Declined("expired_card", None, "Expired.", "pi_1"),
        ),
    ],
)
async def test_every_state_of_a_charge_has_its_meaning(
    stripe: Stripe, gateway: StripeGateway, intent: dict[str, Any], means: Outcome
) -> None:
    stripe.says("POST", INTENTS, intent)
    assert await gateway.charge(CHARGE) == means


@pytest.mark.parametrize(
    ("code", "decline_code", "ours"),
    [
        ("card_declined", "insufficient_funds", ("card_declined", "insufficient_funds")),
        ("card_declined", "lost_card", ("card_declined", "lost_card")),
        ("card_declined", "stolen_card", ("card_declined", "stolen_card")),
        ("card_declined", None, ("card_declined", "generic_decline")),
        ("expired_card", None, ("expired_card", None)),
        ("incorrect_cvc", None, ("incorrect_cvc", None)),
        ("invalid_cvc", None, ("incorrect_cvc", None)),
        ("processing_error", None, ("processing_error", None)),
        ("authentication_required", "authentication_required", ("card_declined", "authentication_required")),
        ("incorrect_zip", None, ("card_declined", "incorrect_zip")),
        (None, None, ("card_declined", "generic_decline")),
    ],
)
async def test_a_decline_keeps_its_reason(
    stripe: Stripe, gateway: StripeGateway, code: str | None, decline_code: str | None, ours: tuple[str, str | None]
) -> None:
    error = _error(type="card_error", code=code, decline_code=decline_code, message="No.")
    stripe.says("POST", INTENTS, error, 402)
    outcome = await gateway.charge(CHARGE)
    assert isinstance(outcome, Declined)
    assert (outcome.code, outcome.decline_code, outcome.message) == (*ours, "No.")


UNKNOWN: list[tuple[int, Any, type[GatewaySilent]]] = [
    (401, _error(type="invalid_request_error"), KeyUnknown),
    (401, "<html>Sign in to the proxy</html>", GatewayMisconfigured),
    (401, _error(), GatewayMisconfigured),
    (403, _error(type="invalid_request_error", code="secret_key_required"), GatewayMisconfigured),
    (403, "Forbidden by a proxy", GatewayMisconfigured),
    (400, _error(type="idempotency_error"), AskedOtherwise),
    (409, _error(type="idempotency_error", code="idempotency_key_in_use"), GatewaySilent),
    (429, _error(type="rate_limit_error"), GatewaySilent),
    (500, _error(type="api_error"), GatewaySilent),
    (502, "<html>Bad gateway</html>", GatewaySilent),
    (400, "<html>Bad request</html>", GatewaySilent),
    (302, "", GatewaySilent),
    (200, "{", GatewaySilent),
    (200, {"id": 7}, GatewaySilent),
    (200, _intent("a_state_of_next_year"), GatewaySilent),
]


@pytest.mark.parametrize(("status", "body", "silence"), UNKNOWN)
async def test_what_says_nothing_of_the_money_is_unknown(
    stripe: Stripe, gateway: StripeGateway, status: int, body: Any, silence: type[GatewaySilent]
) -> None:
    stripe.says("POST", INTENTS, body, status)
    stripe.says("POST", REFUNDS, body, status)
    if silence is AskedOtherwise:
        for looked_up in (SEARCH, REFUNDS):
            stripe.says("GET", looked_up, {"data": []})
    with pytest.raises(GatewaySilent) as unknown:
        await gateway.charge(CHARGE)
    assert type(unknown.value) is silence
    assert SECRET not in repr(unknown.value)
    if body != _intent("a_state_of_next_year"):
        with pytest.raises(silence):
            await gateway.refund("pi_1", 100, key="refund:re_1", **TEST)


async def test_a_wrong_request_is_refused_without_stripes_words(stripe: Stripe, gateway: StripeGateway) -> None:
    error = _error(type="invalid_request_error", code="resource_missing", param="payment_method")
    stripe.says("POST", INTENTS, error, 400)
    with pytest.raises(GatewayRefused) as refused:
        await gateway.charge(CHARGE)
    assert str(refused.value) == "POST /v1/payment_intents: 400 invalid_request_error resource_missing payment_method"


async def test_what_stripe_counts_otherwise_is_not_charged(stripe: Stripe, gateway: StripeGateway) -> None:
    for currency in ("isk", "mga", "ugx"):
        with pytest.raises(GatewayRefused):
            await gateway.charge(replace(CHARGE, currency=currency))
    assert stripe.asked == []


async def test_a_repeated_answer_is_old_so_the_present_state_is_looked_up(
    stripe: Stripe, gateway: StripeGateway
) -> None:
    stripe.says("POST", INTENTS, _intent("processing"), idempotent_replayed="true")
    stripe.says("GET", f"{INTENTS}/pi_1", _intent("succeeded", amount_received=2500))
    assert await gateway.charge(CHARGE) == Captured("pi_1", 2500)
    stripe.says("POST", REFUNDS, {"id": "re_1", "status": "pending"}, idempotent_replayed="true")
    stripe.says("GET", f"{REFUNDS}/re_1", {"id": "re_1", "status": "succeeded"})
    assert await gateway.refund("pi_1", 100, key="refund:re_1", **TEST) == Refunded("re_1")


async def test_a_charge_that_has_a_reference_is_only_looked_up(stripe: Stripe, gateway: StripeGateway) -> None:
    stripe.says("GET", f"{INTENTS}/pi_1", _intent("processing"))
    known = Provider.charge(known="pi_1", age=OLD)
    assert await gateway.charge(known) == Pending("pi_1")
    stripe.says("GET", f"{INTENTS}/pi_9", _error(type="invalid_request_error", code="resource_missing"), 404)
    with pytest.raises(GatewayMisconfigured):
        await gateway.charge(Provider.charge(known="pi_9"))


async def test_an_old_question_is_looked_for_before_it_is_put_again(stripe: Stripe, gateway: StripeGateway) -> None:
    stripe.says("GET", SEARCH, {"data": [_intent("succeeded", amount_received=2500)]})
    stripe.says("GET", SEARCH, {"data": []})
    old = Provider.charge(age=OLD)
    assert await gateway.charge(old) == Captured("pi_1", 2500)
    assert stripe.asked[0].form == {"query": f"metadata['peaswap_key']:'{old.key}'"}
    stripe.says("POST", INTENTS, _intent("requires_capture", amount_capturable=2500))
    assert await gateway.charge(old) == Authorized("pi_1", 2500)
    assert stripe.paths() == [f"GET {SEARCH}", f"GET {SEARCH}", f"POST {INTENTS}"]


async def test_an_old_question_that_was_about_another_amount_is_not_put_again(
    stripe: Stripe, gateway: StripeGateway
) -> None:
    stripe.says("GET", SEARCH, {"data": [_intent("succeeded", amount=2400, amount_received=2400)]})
    with pytest.raises(GatewayMisconfigured):
        await gateway.charge(Provider.charge(age=OLD))
    assert stripe.paths() == [f"GET {SEARCH}"]


async def test_an_error_that_stripe_repeats_for_ever_is_seen_through(stripe: Stripe, gateway: StripeGateway) -> None:
    stripe.says("POST", INTENTS, _error(type="api_error"), 500, idempotent_replayed="true")
    stripe.says("GET", SEARCH, {"data": []})
    stripe.says("GET", SEARCH, {"data": [_intent("succeeded", amount_received=2500)]})
    with pytest.raises(GatewaySilent):
        await gateway.charge(CHARGE)
    assert await gateway.charge(CHARGE) == Captured("pi_1", 2500)


async def test_a_question_that_has_changed_since_is_about_the_earlier_charge(
    stripe: Stripe, gateway: StripeGateway
) -> None:
    for path in (INTENTS, REFUNDS):
        stripe.says("POST", path, _error(type="idempotency_error"), 400)
    another = _intent("succeeded", amount=2400, amount_received=2400)
    for found in ([], [another], [_intent("succeeded", amount_received=2500)]):
        stripe.says("GET", SEARCH, {"data": found})
    # Erased, or upgraded, while it was not known what became of it; and the search of Stripe lags behind. One of
    # another amount is no charge of ours.
    changed = Provider.charge(descriptor="[erased]")
    for _ in range(2):
        with pytest.raises(GatewayMisconfigured):
            await gateway.charge(changed)
    assert await gateway.charge(changed) == Captured("pi_1", 2500)
    key = {"peaswap_key": "refund:re_1"}
    stripe.says("GET", REFUNDS, {"data": [{"id": "re_9", "status": "succeeded", "metadata": key}]})
    assert await gateway.refund("pi_1", 100, key="refund:re_1", **TEST) == Refunded("re_9")


async def test_an_old_refund_is_looked_for_on_every_page(stripe: Stripe, gateway: StripeGateway) -> None:
    pages = [[{"id": "re_8", "status": "succeeded"}], [{"id": "re_9", "metadata": {"peaswap_key": "refund:re_1"}}]]
    stripe.says("GET", REFUNDS, {"data": pages[0], "has_more": True})
    stripe.says("GET", REFUNDS, {"data": pages[1], "has_more": False})
    assert await gateway.refund("pi_1", 100, key="refund:re_1", age=OLD, **TEST) == RefundPending("re_9")
    assert stripe.asked[1].form["starting_after"] == "re_8"
    assert stripe.paths() == [f"GET {REFUNDS}"] * 2


async def test_refunds_may_fail(stripe: Stripe, gateway: StripeGateway) -> None:
    stripe.says("POST", REFUNDS, {"id": "re_9", "status": "failed", "failure_reason": "expired_or_canceled_card"})
    failed = await gateway.refund("pi_1", 100, key="refund:re_1", **TEST)
    assert isinstance(failed, RefundDeclined)
    assert failed.code == "expired_or_canceled_card"
    assert stripe.asked[0].form == {
        "payment_intent": "pi_1",
        "amount": "100",
        "metadata[peaswap_key]": "refund:re_1",
    }


@pytest.mark.parametrize("again", ["true", ""])
async def test_a_charge_that_waits_for_its_customer_is_called_off(
    stripe: Stripe, gateway: StripeGateway, again: str
) -> None:
    stripe.says("POST", INTENTS, _intent("requires_action"), idempotent_replayed=again)
    stripe.says("POST", f"{INTENTS}/pi_1/cancel", _intent("canceled"))
    outcome = await gateway.charge(CHARGE)
    assert isinstance(outcome, Declined)
    assert (outcome.code, outcome.decline_code) == ("card_declined", "authentication_required")


async def test_what_cannot_be_captured_is_found_out(stripe: Stripe, gateway: StripeGateway) -> None:
    error = _error(type="invalid_request_error", code="payment_intent_unexpected_state")
    stripe.says("POST", f"{INTENTS}/pi_1/capture", error, 400)
    for status in ("canceled", "succeeded", "requires_capture"):
        stripe.says("GET", f"{INTENTS}/pi_1", _intent(status, amount_received=700))
    for means in (Released("pi_1"), Captured("pi_1", 700)):
        assert await gateway.capture("pi_1", 700, key="k", **TEST) == means
    with pytest.raises(GatewayRefused):
        await gateway.capture("pi_1", 700, key="k", **TEST)


async def test_a_customer_is_made_once_and_knows_nothing_personal(stripe: Stripe, gateway: StripeGateway) -> None:
    method = {"id": "pm_1", "type": "card", "card": {"last4": "4242", "brand": "visa", "fingerprint": "f"}}
    stripe.says("GET", "/v1/payment_methods/pm_1", method)
    stripe.says("GET", "/v1/customers/search", {"data": []})
    stripe.says("GET", "/v1/customers/search", {"data": [{"id": "cus_7"}]})
    stripe.says("POST", "/v1/customers", {"id": "cus_7"})
    stripe.says("POST", "/v1/payment_methods/pm_1/attach", method | {"customer": "cus_7"})
    for _ in range(2):
        saved = await gateway.attach("card:pm_1", "cust_1", **TEST)
        assert saved.token == "card:pm_1@cus_7"
    made = [each for each in stripe.asked if each.path == "/v1/customers"]
    assert [each.form for each in made] == [{"metadata[peaswap_customer]": "cust_1"}]
    assert made[0].headers["idempotency-key"] == "customer:cust_1"


async def test_a_card_that_fails_its_check_is_not_saved(stripe: Stripe, gateway: StripeGateway) -> None:
    stripe.says("POST", "/v1/payment_methods", _error(type="card_error", code="incorrect_cvc", message="No."), 402)
    with pytest.raises(MethodDeclined) as refused:
        await gateway.describe("tok_visa", **TEST)
    assert refused.value.declined == Declined("incorrect_cvc", None, "No.")


async def test_a_bank_account_is_charged_as_what_it_is(stripe: Stripe, gateway: StripeGateway) -> None:
    account = {"last4": "6789", "fingerprint": "f", "bank_name": "STRIPE TEST BANK"}
    method = {"id": "pm_2", "type": "us_bank_account", "us_bank_account": account, "customer": "cus_1"}
    stripe.says("GET", "/v1/payment_methods/pm_2", method)
    details = await gateway.describe("pm_2", **TEST)
    assert (details.kind, details.last4, details.bank_name) == ("BANK_ACCOUNT", "6789", "STRIPE TEST BANK")
    stripe.says("POST", INTENTS, _intent("processing"))
    assert await gateway.charge(Provider.charge(details.token)) == Pending("pi_1")
    form = stripe.asked[-1].form
    assert (form["payment_method"], form["payment_method_types[0]"]) == ("pm_2", "us_bank_account")


async def test_of_an_erased_customer_only_what_was_made_for_it_is_deleted(
    stripe: Stripe, gateway: StripeGateway
) -> None:
    for method in ("pm_1", "pm_2"):
        stripe.says("POST", f"/v1/payment_methods/{method}/detach", {"id": method, "type": "card"})
    stripe.says("GET", "/v1/customers/search", {"data": []})
    stripe.says("GET", "/v1/customers/cus_ours", {"id": "cus_ours", "metadata": {"peaswap_customer": "cust_1"}})
    stripe.says("GET", "/v1/customers/cus_theirs", {"id": "cus_theirs", "metadata": {"peaswap_customer": "cust_2"}})
    stripe.says("DELETE", "/v1/customers/cus_ours", {"id": "cus_ours", "deleted": True})
    await gateway.forget("cust_1", ["card:pm_1@cus_ours", "card:pm_2@cus_theirs"], **TEST)
    assert [path for path in stripe.paths() if path.startswith("DELETE")] == ["DELETE /v1/customers/cus_ours"]
