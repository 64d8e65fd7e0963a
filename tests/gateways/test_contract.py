"""The contract of a gateway, the same for every one: what is asked twice is done once, and unknown is not failed."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from services.core.ids import new_id
from services.gateways.gateway import (
    Authorized,
    Captured,
    Declined,
    GatewayRefused,
    GatewaySilent,
    Pending,
    RefundDeclined,
    Refunded,
    Released,
    TokenUnknown,
)
from tests.gateways.provider import CARD, DECLINED_CARD, Books, Provider
from tests.support.proxy import Fault

FAULTS: list[Fault] = ["reset_before", "hold_before", "reset_after", "hold_after", "cut_after", "error_500_after"]
TEST: dict[str, Any] = {"livemode": False}


async def _taken(provider: Provider, amount: int = 2500) -> tuple[str, str]:
    """A payment that was taken: our reference, and the provider's."""
    charge = provider.charge(amount=amount)
    outcome = await provider.gateway.charge(charge)
    assert isinstance(outcome, Captured)
    return charge.reference, outcome.reference


async def _reserved(provider: Provider, amount: int = 2500) -> tuple[str, str]:
    charge = provider.charge(amount=amount, capture=False)
    outcome = await provider.gateway.charge(charge)
    assert outcome == Authorized(outcome.reference or "", amount)
    return charge.reference, outcome.reference or ""


async def test_a_charge_is_taken_once_however_often_it_is_asked_for(provider: Provider) -> None:
    charge = provider.charge()
    first = await provider.gateway.charge(charge)
    assert isinstance(first, Captured)
    assert first.amount == 2500
    assert [await provider.gateway.charge(charge) for _ in range(2)] == [first, first]
    assert await provider.books(charge.reference) == Books(1, 2500, 0)


async def test_a_charge_asked_for_by_many_at_once_is_taken_once(provider: Provider) -> None:
    charge = provider.charge()
    answers = await asyncio.gather(*(provider.gateway.charge(charge) for _ in range(8)), return_exceptions=True)
    # One that comes while another is being worked on may be told nothing, but never that it failed.
    assert all(isinstance(answer, Captured | GatewaySilent) for answer in answers)
    assert any(isinstance(answer, Captured) for answer in answers)
    assert await provider.books(charge.reference) == Books(1, 2500, 0)


async def test_a_key_means_one_charge_and_no_other(provider: Provider) -> None:
    charge = provider.charge()
    await provider.gateway.charge(charge)
    with pytest.raises((GatewayRefused, GatewaySilent)):
        await provider.gateway.charge(replace(charge, amount=9900))
    assert await provider.books(charge.reference) == Books(1, 2500, 0)


async def test_a_reservation_is_taken_in_part_and_the_rest_released(provider: Provider) -> None:
    payment, reference = await _reserved(provider)
    assert await provider.books(payment) == Books(0, 0, 0)
    for _ in range(2):
        taken = await provider.gateway.capture(reference, 1000, key=f"{payment}:capture:1000", **TEST)
        assert taken == Captured(reference, 1000)
    assert await provider.books(payment) == Books(1, 1000, 0)


async def test_a_reservation_is_given_back(provider: Provider) -> None:
    payment, reference = await _reserved(provider)
    for _ in range(2):
        given = await provider.gateway.cancel(reference, key=f"{payment}:cancel:2", **TEST)
        assert given == Released(reference)
    assert await provider.books(payment) == Books(0, 0, 0)


async def test_what_was_taken_cannot_be_given_back_as_a_reservation(provider: Provider) -> None:
    payment, reference = await _taken(provider)
    try:
        told = await provider.gateway.cancel(reference, key=f"{payment}:cancel:2", **TEST)
    except GatewayRefused:
        told = Captured(reference, 2500)
    assert told == Captured(reference, 2500)
    assert await provider.books(payment) == Books(1, 2500, 0)


async def test_what_was_given_back_cannot_be_taken(provider: Provider) -> None:
    payment, reference = await _reserved(provider)
    await provider.gateway.cancel(reference, key=f"{payment}:cancel:2", **TEST)
    try:
        told = await provider.gateway.capture(reference, 2500, key=f"{payment}:capture:2500", **TEST)
    except GatewayRefused:
        told = Released(reference)
    assert told == Released(reference)
    assert await provider.books(payment) == Books(0, 0, 0)


async def test_a_decline_is_an_answer(provider: Provider) -> None:
    charge = provider.charge(DECLINED_CARD)
    for _ in range(2):
        outcome = await provider.gateway.charge(charge)
        assert isinstance(outcome, Declined)
        assert (outcome.code, outcome.decline_code) == ("card_declined", "generic_decline")
        assert outcome.message == "Your card was declined."
    assert await provider.books(charge.reference) == Books(0, 0, 0)


async def test_a_bank_debit_settles_later(provider: Provider) -> None:
    charge = provider.charge(provider.failing_bank)
    outcome = await provider.gateway.charge(charge)
    assert isinstance(outcome, Pending)
    async with asyncio.timeout(120):
        while isinstance(outcome, Pending):
            await asyncio.sleep(0.05)
            outcome = await provider.gateway.charge(replace(charge, known=outcome.reference))
    assert isinstance(outcome, Declined)
    assert await provider.books(charge.reference) == Books(0, 0, 0)


async def test_money_goes_back_once_per_key(provider: Provider) -> None:
    payment, reference = await _taken(provider)
    for key, amount in (("refund:re_1", 1000), ("refund:re_1", 1000), ("refund:re_2", 500)):
        back = await provider.gateway.refund(reference, amount, key=f"{key}{payment}", **TEST)
        assert isinstance(back, Refunded)
    assert await provider.books(payment) == Books(1, 2500, 1500)


async def test_no_more_goes_back_than_was_taken(provider: Provider, request: pytest.FixtureRequest) -> None:
    provider.expects_less(request)
    payment, reference = await _taken(provider)
    try:
        told = await provider.gateway.refund(reference, 2501, key=f"refund:{payment}", **TEST)
    except GatewayRefused:
        told = RefundDeclined("refused", "")
    assert isinstance(told, RefundDeclined)
    assert await provider.books(payment) == Books(1, 2500, 0)


async def test_a_bank_may_send_back_what_was_given_back(provider: Provider) -> None:
    payment, reference = await _taken(provider)
    back = await provider.gateway.refund(reference, 1000, key=f"refund:{payment}", **TEST)
    assert isinstance(back, Refunded)
    assert await provider.gateway.look_up_refund(back.reference, **TEST) == back
    for _ in range(2):
        await provider.fail_refund(back.reference)
        assert isinstance(await provider.gateway.look_up_refund(back.reference, **TEST), RefundDeclined)
    assert isinstance(await provider.gateway.refund(reference, 1000, key=f"refund:{payment}", **TEST), RefundDeclined)
    assert await provider.books(payment) == Books(1, 2500, 0)
    # That it is not found says nothing of what became of it.
    with pytest.raises(GatewaySilent):
        await provider.gateway.look_up_refund("re_nobody_knows", **TEST)


async def test_a_method_is_described_without_its_number(provider: Provider) -> None:
    details = await provider.gateway.describe(CARD, **TEST)
    assert (details.kind, details.brand, details.last4) == ("CARD", "visa", "4242")
    assert details.exp_year is not None
    assert details.exp_year > 2029
    assert details.fingerprint
    assert "424242" not in repr(details)
    for unknown in ("pm_nobody_knows", "tok_nobody_knows", "", "../../charges"):
        with pytest.raises(TokenUnknown):
            await provider.gateway.describe(unknown, **TEST)


async def test_a_saved_method_is_charged_again_and_again(provider: Provider) -> None:
    saved = await provider.gateway.attach(CARD, new_id("cust"), **TEST)
    for _ in range(2):
        charge = provider.charge(saved.token)
        assert isinstance(await provider.gateway.charge(charge), Captured)
        assert await provider.books(charge.reference) == Books(1, 2500, 0)
    for _ in range(2):
        await provider.gateway.detach(saved.token, **TEST)
    with pytest.raises(TokenUnknown):
        await provider.gateway.attach("pm_nobody_knows", new_id("cust"), **TEST)


async def test_a_forgotten_method_is_charged_no_more(provider: Provider, request: pytest.FixtureRequest) -> None:
    if provider.name == "simulator":
        # Its tokens are names of test cards, which nobody owns. Our own record of the method says that it is gone.
        assert (await provider.gateway.attach(CARD, new_id("cust"), **TEST)).token == CARD
        return
    provider.expects_less(request)
    saved = await provider.gateway.attach(CARD, new_id("cust"), **TEST)
    await provider.gateway.detach(saved.token, **TEST)
    with pytest.raises(GatewayRefused):
        await provider.gateway.charge(provider.charge(saved.token))


async def test_a_customer_is_forgotten_with_all_that_was_saved_of_it(provider: Provider) -> None:
    customer = new_id("cust")
    saved = [(await provider.gateway.attach(CARD, customer, **TEST)).token for _ in range(2)]
    for _ in range(2):
        await provider.gateway.forget(customer, saved, **TEST)
    await provider.gateway.forget(new_id("cust"), [], **TEST)
    if provider.name == "stripe":
        # For a day it answers the same customer to the same question, and that one is gone.
        with pytest.raises(TokenUnknown):
            await provider.gateway.attach(CARD, customer, **TEST)


async def test_wrong_credentials_are_no_decline(provider: Provider) -> None:
    charge = provider.charge()
    taken = await provider.gateway.charge(charge)
    with pytest.raises(GatewaySilent):
        await provider.stranger.charge(charge)
    assert isinstance(taken, Captured)
    with pytest.raises(GatewaySilent):
        await provider.stranger.capture(taken.reference, 2500, key="k", **TEST)
    with pytest.raises(GatewaySilent):
        await provider.stranger.refund(taken.reference, 2500, key="k", **TEST)
    assert await provider.books(charge.reference) == Books(1, 2500, 0)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_charge_without_an_answer_is_unknown_and_taken_once(provider: Provider, fault: Fault) -> None:
    charge = provider.charge()
    provider.proxy.arm(fault, b"POST /")
    with pytest.raises(GatewaySilent):
        await (provider.hasty if fault.startswith("hold") else provider.gateway).charge(charge)
    assert provider.proxy.fired == 1
    answers = await asyncio.gather(*(provider.gateway.charge(charge) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(answer, Captured | GatewaySilent) for answer in answers)
    assert isinstance(await provider.gateway.charge(charge), Captured)
    assert await provider.books(charge.reference) == Books(1, 2500, 0)


@pytest.mark.parametrize("fault", ["reset_before", "cut_after"])
async def test_a_capture_and_a_refund_without_an_answer_are_done_once(provider: Provider, fault: Fault) -> None:
    payment, reference = await _reserved(provider)
    provider.proxy.arm(fault, b"POST /")
    with pytest.raises(GatewaySilent):
        await provider.gateway.capture(reference, 2000, key=f"{payment}:capture:2000", **TEST)
    again = await provider.gateway.capture(reference, 2000, key=f"{payment}:capture:2000", **TEST)
    assert again == Captured(reference, 2000)
    provider.proxy.arm(fault, b"POST /")
    with pytest.raises(GatewaySilent):
        await provider.gateway.refund(reference, 500, key=f"refund:{payment}", **TEST)
    assert isinstance(await provider.gateway.refund(reference, 500, key=f"refund:{payment}", **TEST), Refunded)
    assert await provider.books(payment) == Books(1, 2000, 500)


async def test_a_gateway_that_is_away_is_silent(provider: Provider) -> None:
    await provider.proxy.close()
    with pytest.raises(GatewaySilent):
        await provider.gateway.charge(provider.charge())
    with pytest.raises(GatewaySilent):
        await provider.gateway.describe(CARD, **TEST)
