"""An erasure is begun by its customer's own call; what is left of it is done by workers."""

from services.billing.erasures.decider import ERASURES
from services.billing.erasures.effects import attend, due, why
from services.billing.erasures.events import PUBLISHED
from services.billing.erasures.state import Erasure
from services.billing.erasures.views import ErasureObject, erasure_object
from services.core.capability import Capability

CAPABILITY = Capability(
    name="erasures",
    object="erasure",
    decider=ERASURES,
    view=erasure_object,
    view_type=ErasureObject,
    state_type=Erasure,
    published=PUBLISHED,
    due=due,
    why=why,
    attend=attend,
    live=True,
    listed=False,
    readable=False,
    kept=False,
)
