"""The read models of the house: one line each."""

from collections.abc import Mapping, Sequence

from projections.analytics.projection import Analytics
from projections.customer_list.projection import CustomerList
from projections.due.projection import Due
from projections.event_feed.projection import EventFeed
from projections.history.projection import History
from projections.key_ring.projection import KeyRing
from projections.laws.projection import Laws
from projections.objects.projection import Objects
from projections.payment_history.projection import PaymentHistory
from projections.projection import Projection
from projections.recurring.projection import Recurring

PROJECTIONS: Sequence[Projection] = (
    KeyRing(),
    Objects(),
    CustomerList(),
    PaymentHistory(),
    Analytics(),
    Recurring(),
    History(),
    EventFeed(),
    Due(),
    Laws(),
)

# Those that make nothing of what is personal: a rebuild of theirs opens nothing that is sealed.
UNOPENED = frozenset({"key_ring", "payment_history", "analytics", "recurring", "history", "event_feed", "laws"})

# Those that keep states of objects as they are, and where: an erasure is done piece by piece there.
KEEPING: Mapping[str, str] = {"objects": "objects", "due": "states"}
