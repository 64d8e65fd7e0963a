"""Unknown is not failed: whatever becomes of a question to the gateway, money moves once and the outcome is found."""

import asyncio

import pytest

from services.billing.payments.decider import PAYMENTS, PaymentUnexpectedState
from services.billing.payments.effects import due
from services.billing.payments.routes import (
    CAPABILITY,
    Capture,
    Confirmation,
    PaymentDraft,
    cancel,
    capture,
    confirm,
    create,
)
from tests.support.desk import Desk
from tests.support.gateway import SimulatorProcess, simulated

FAULTS = [
    "timeout_before",
    "timeout_after",
    "reset_before",
    "reset_after",
    "error_500_before",
    "error_500_after",
    "lost_answer",
]
DRAFT = PaymentDraft(amount=2500, currency="usd")
RESERVE = PaymentDraft(amount=2500, currency="usd", capture_method="MANUAL")
AT_ONCE = {"prefer": "respond-async"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_charge_without_an_answer_is_taken_once(desk: Desk, gateway: SimulatorProcess, fault: str) -> None:
    await gateway.arm(fault)
    async with desk.in_haste():
        asked = await desk.ask(create, DRAFT)
    id = asked.body["id"]
    assert (asked.status, asked.body["status"]) == (200, "PROCESSING")
    with pytest.raises(PaymentUnexpectedState):
        await desk.ask(confirm, Confirmation(), id=id)
    with pytest.raises(PaymentUnexpectedState):
        await desk.ask(cancel, id=id)

    await gateway.clear()
    await desk.attend(CAPABILITY, id, times=5)
    payment = await desk.state(PAYMENTS, id)
    assert (payment.status, payment.amount_received, len(payment.attempts)) == ("SUCCEEDED", 2500, 1)
    assert await gateway.captures() == (1, 2500)
    assert await desk.types(f"payment-{id}") == ["payment.created", "payment.attempt_started", "payment.succeeded"]


async def test_silence_records_nothing(desk: Desk, gateway: SimulatorProcess) -> None:
    await gateway.arm("reset_before", times=3)
    id = (await desk.ask(create, DRAFT)).body["id"]
    for _ in range(2):
        await desk.attend(CAPABILITY, id)
    assert await desk.types(f"payment-{id}") == ["payment.created", "payment.attempt_started"]
    assert await gateway.captures() == (0, 0)


async def test_a_gateway_that_is_away_is_asked_once_it_is_back(desk: Desk, gateway: SimulatorProcess) -> None:
    gateway.kill()
    asked = await desk.ask(create, DRAFT)
    assert asked.body["status"] == "PROCESSING"
    await gateway.start()
    await desk.attend(CAPABILITY, asked.body["id"])
    payment = await desk.state(PAYMENTS, asked.body["id"])
    assert payment.status == "SUCCEEDED"
    assert await gateway.captures() == (1, 2500)


async def test_a_wrong_token_for_the_gateway_says_nothing_of_the_charge(desk: Desk, gateway: SimulatorProcess) -> None:
    await gateway.arm("lost_answer")
    id = (await desk.ask(create, DRAFT)).body["id"]
    stranger = simulated(gateway.url, "another-token", 60)
    ours, desk.gateways = desk.gateways, stranger
    await desk.attend(CAPABILITY, id)
    desk.gateways = ours
    await stranger.close()
    payment = await desk.state(PAYMENTS, id)
    assert payment.status == "PROCESSING"
    assert await gateway.captures() == (1, 2500)


async def test_a_decline_without_an_answer_is_one_decline(desk: Desk, gateway: SimulatorProcess) -> None:
    await gateway.arm("lost_answer")
    draft = PaymentDraft(amount=2500, currency="usd", payment_method="pm_card_visa_chargeDeclined")
    id = (await desk.ask(create, draft)).body["id"]
    for _ in range(2):
        await desk.attend(CAPABILITY, id)
    assert (await desk.types(f"payment-{id}"))[2:] == ["payment.attempt_failed"]
    assert (await desk.ask(confirm, Confirmation(payment_method="pm_card_mastercard"), id=id)).body[
        "status"
    ] == "SUCCEEDED"
    assert await gateway.captures() == (1, 2500)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_capture_without_an_answer_is_taken_once(desk: Desk, gateway: SimulatorProcess, fault: str) -> None:
    id = (await desk.ask(create, RESERVE)).body["id"]
    await gateway.arm(fault, match={"operation": "capture"})
    async with desk.in_haste():
        assert (await desk.ask(capture, Capture(amount=1000), id=id)).body["status"] == "PROCESSING"
    with pytest.raises(PaymentUnexpectedState):
        await desk.ask(capture, Capture(amount=1000), id=id)
    await gateway.clear()
    await desk.attend(CAPABILITY, id, times=3)
    payment = await desk.state(PAYMENTS, id)
    assert (payment.status, payment.amount_received) == ("SUCCEEDED", 1000)
    assert await gateway.captures() == (1, 1000)


@pytest.mark.parametrize("fault", ["reset_before", "lost_answer"])
async def test_a_cancellation_without_an_answer_is_found_out(desk: Desk, gateway: SimulatorProcess, fault: str) -> None:
    id = (await desk.ask(create, RESERVE)).body["id"]
    await gateway.arm(fault, match={"operation": "cancel"})
    assert (await desk.ask(cancel, id=id)).body["status"] == "PROCESSING"
    for _ in range(2):
        await desk.attend(CAPABILITY, id)
    assert (await desk.types(f"payment-{id}"))[-2:] == ["payment.cancel_started", "payment.canceled"]
    assert (await gateway.books(id))["charges"][0]["status"] == "released"


async def test_whoever_does_not_wait_is_answered_at_once(desk: Desk, gateway: SimulatorProcess) -> None:
    await gateway.arm("slow", delay_seconds=5)
    asked = await desk.ask(create, DRAFT, key="k1", headers=AT_ONCE)
    assert (asked.status, asked.body["status"]) == (200, "PROCESSING")
    assert await gateway.captures() == (0, 0)
    await gateway.clear()
    payment = await desk.state(PAYMENTS, asked.body["id"])
    assert due(payment) == payment.created_at
    await desk.attend(CAPABILITY, payment.id)
    assert await gateway.captures() == (1, 2500)


async def test_a_reservation_can_be_taken_or_given_back_without_waiting(desk: Desk, gateway: SimulatorProcess) -> None:
    for ask, body, ends in ((capture, Capture(), "captured"), (cancel, None, "released")):
        id = (await desk.ask(create, RESERVE)).body["id"]
        asked = await desk.ask(ask, body, id=id, headers={"prefer": "wait=5, Respond-Async"})
        assert asked.body["status"] == "PROCESSING"
        assert (await gateway.books(id))["charges"][0]["status"] == "authorized"
        await desk.attend(CAPABILITY, id)
        assert (await gateway.books(id))["charges"][0]["status"] == ends


async def test_a_bank_debit_is_asked_about_until_it_settles(desk: Desk, gateway: SimulatorProcess) -> None:
    for method, ends in (("pm_bank_success", "SUCCEEDED"), ("pm_bank_fail", "FAILED")):
        draft = PaymentDraft(amount=2500, currency="usd", payment_method=method)
        asked = await desk.ask(create, draft)
        assert (asked.status, asked.body["status"]) == (200, "PROCESSING")
        assert asked.body["gateway_reference"] is not None
        async with asyncio.timeout(60):
            while True:
                await desk.attend(CAPABILITY, asked.body["id"])
                payment = await desk.state(PAYMENTS, asked.body["id"])
                if payment.asked is None:
                    break
                await asyncio.sleep(0.05)
        assert payment.status == ends
    assert await gateway.captures() == (1, 2500)
