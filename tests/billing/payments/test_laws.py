"""What holds of every payment, whatever is asked of it and in whatever order the gateway's answers come."""

from hypothesis import given
from hypothesis import strategies as st

from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    ConfirmPayment,
    PaymentCommand,
    RecordCapture,
    RecordOutcome,
    RecordRefusal,
    RecordRelease,
    ReleaseRefund,
    ReserveRefund,
    UpdatePayment,
)
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.events import PaymentAttemptStarted, PaymentCaptured, PaymentEvent, PaymentSucceeded
from services.gateways.gateway import Authorized, Captured, Declined, Outcome, Pending, Released
from tests.billing.payments.examples import BANK, CARD, NOTHING, OTHER_CARD, created, new_payment, state_of
from tests.billing.payments.provider import Provider
from tests.support.scenario import GIVEN_AT

AMOUNT = 1000

amounts = st.integers(1, AMOUNT)
small = st.integers(1, 4)
refunds = st.sampled_from(["re_1", "re_2", "re_3"])
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Captured, st.just("ch_1"), st.just(AMOUNT)),
    st.builds(Authorized, st.just("ch_1"), st.just(AMOUNT)),
    st.builds(Pending, st.just("ch_1")),
    st.builds(Released, st.just("ch_1")),
    st.builds(Declined, st.just("card_declined"), st.none(), st.just("No.")),
)
creations = st.builds(
    new_payment,
    method=st.sampled_from([None, CARD]),
    confirm=st.booleans(),
    capture_method=st.sampled_from(["AUTOMATIC", "MANUAL"]),
)
commands: st.SearchStrategy[PaymentCommand] = st.one_of(
    creations,
    st.builds(UpdatePayment, payment_method=st.sampled_from([None, "pm_1"]), metadata=st.just({"a": "1"})),
    st.builds(ConfirmPayment, method=st.sampled_from([CARD, OTHER_CARD, BANK]), handed_over=st.booleans()),
    st.builds(RecordOutcome, small, outcomes),
    st.builds(CapturePayment, st.none() | amounts),
    st.builds(RecordCapture, small, amounts),
    st.builds(CancelPayment),
    st.builds(RecordRelease, small),
    st.builds(RecordRefusal, small, st.just("gateway_error"), st.just("No.")),
    st.builds(ReserveRefund, refunds, amounts),
    st.builds(ReleaseRefund, refunds),
)
histories: st.SearchStrategy[list[PaymentEvent]] = st.lists(
    st.one_of(*(st.from_type(event) for event in PAYMENTS.events.by_tag.values())),  # pyright: ignore[reportArgumentType]
    max_size=12,
)


@given(creations, st.lists(commands, max_size=30))
def test_amounts_are_conserved_and_nothing_is_taken_twice(
    creation: PaymentCommand, asked: list[PaymentCommand]
) -> None:
    scenario, takings = NOTHING, 0
    for command in [creation, *asked]:
        answered = scenario.when(command)
        takings += sum(isinstance(event, PaymentSucceeded | PaymentCaptured) for event in answered.events)
        starts = any(isinstance(event, PaymentAttemptStarted) for event in answered.events)
        if starts and answered.before is not None:
            assert answered.before.asked is None, "no attempt starts while the outcome of another is unknown"
        scenario = scenario.given(*answered.events)
        payment = state_of(scenario)
        assert takings <= 1
        assert 0 <= payment.amount_refunded <= payment.amount_received <= payment.amount == AMOUNT
        assert payment.amount_capturable == 0 or payment.amount_received == 0
        assert (payment.asked is None) == (payment.status != "PROCESSING") == (payment.asked_at is None)
        assert (payment.status == "SUCCEEDED") == (payment.amount_received > 0) == (takings == 1)
        assert [attempt.number for attempt in payment.attempts] == list(range(1, len(payment.attempts) + 1))
        assert all(attempt.status == "FAILED" for attempt in payment.attempts[:-1])


@given(histories)
def test_no_history_breaks_the_fold(history: list[PaymentEvent]) -> None:
    payment = PAYMENTS.evolve(None, created(), GIVEN_AT)
    for event in history:
        payment = PAYMENTS.evolve(payment, event, GIVEN_AT)
    assert payment.updated_at == GIVEN_AT


@given(creations, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30), st.booleans()), max_size=40))
def test_lost_late_and_doubled_answers_change_nothing(
    creation: PaymentCommand, moves: list[tuple[int, int, bool]]
) -> None:
    scenario, provider = NOTHING.after(creation), Provider()
    answers: list[PaymentCommand] = []
    for move, index, declines in moves:
        payment = state_of(scenario)
        if move <= 1 and payment.asked == "charge":
            answers.append(provider.charge(payment, declines))
        elif move <= 1 and payment.asked == "capture":
            answers.append(provider.capture(payment))
        elif move == 2 and answers:
            scenario = scenario.given(*scenario.when(answers[index % len(answers)]).events)
        elif move == 3:
            scenario = scenario.given(*scenario.when(ConfirmPayment(method=OTHER_CARD)).events)
        elif move == 4:
            scenario = scenario.given(*scenario.when(CapturePayment(1 + index)).events)
    assert provider.taken <= AMOUNT
    settled = provider.settled(scenario)
    assert state_of(settled).asked is None
    assert state_of(settled).amount_received == provider.taken
