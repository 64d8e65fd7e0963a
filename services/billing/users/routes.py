"""Users have no calls in the API: no key may make someone an owner. The dashboard and the command line use `team`."""

from services.billing.users.decider import USERS
from services.billing.users.events import EVENTS
from services.billing.users.state import User
from services.billing.users.views import UserObject, user_object
from services.core.capability import Capability

CAPABILITY = Capability(
    name="users",
    object="user",
    decider=USERS,
    view=user_object,
    view_type=UserObject,
    state_type=User,
    gone=lambda user: user.removed_at,
    listed=False,
    readable=False,
    kept=False,
    # Who works here is nobody's business outside.
    published=dict.fromkeys(EVENTS.by_tag.values(), ()),
)
