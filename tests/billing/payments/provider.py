"""A payment provider as its contract has it, for laws about payments."""

from msgspec import Struct

from services.billing.payments.commands import PaymentCommand, RecordCapture, RecordOutcome
from services.billing.payments.events import PaymentEvent
from services.billing.payments.state import Payment
from services.gateways.gateway import Authorized, Captured, Declined, Outcome
from tests.billing.payments.examples import state_of
from tests.support.scenario import Scenario


class Provider(Struct):
    """A gateway that keeps its word: a key means one thing, however often it is used; money is taken at most once."""

    outcomes: dict[str, Outcome] = {}
    taken: int = 0

    def charge(self, payment: Payment, declines: bool) -> PaymentCommand:
        """The answer to the payment's open attempt."""
        attempt = payment.attempts[-1].number
        key = f"{payment.id}:{attempt}"
        if key not in self.outcomes:
            reserves = payment.capture_method == "MANUAL"
            self.outcomes[key] = (
                Declined("card_declined", None, "No.")
                if declines
                else Authorized("ch_1", payment.amount)
                if reserves
                else Captured("ch_1", payment.amount)
            )
            self.taken += 0 if declines or reserves else payment.amount
        return RecordOutcome(attempt, self.outcomes[key])

    def capture(self, payment: Payment) -> PaymentCommand:
        """The answer to the payment's open capture."""
        key = f"{payment.id}:capture:{payment.capturing}"
        if key not in self.outcomes:
            self.outcomes[key] = Captured("ch_1", payment.capturing)
            self.taken += payment.capturing
        return RecordCapture(payment.questions, payment.capturing)

    def settled(
        self, scenario: Scenario[Payment, PaymentCommand, PaymentEvent]
    ) -> Scenario[Payment, PaymentCommand, PaymentEvent]:
        """The payment once its open question, if any, is answered."""
        payment = state_of(scenario)
        match payment.asked:
            case "charge":
                return scenario.after(self.charge(payment, declines=False))
            case "capture":
                return scenario.after(self.capture(payment))
            case _:
                return scenario
