"""Time-outs of the product, as tests have them: on a busy machine nothing must run out of time by chance. What is away
is refused at once, so that nobody waits for these; whoever wants to see time run out says so."""

from eventstore import connection, pool
from services.api import house
from services.core import again
from services.gateways import gateways
from workers import agenda

SECONDS = 60.0


def be_patient() -> None:
    """For all tests of this process."""
    connection.CONNECT_SECONDS_MAX = SECONDS
    pool.ACQUIRE_SECONDS_MAX = SECONDS
    house.REDIS_SECONDS_MAX = SECONDS
    again.PATIENCE_SECONDS = SECONDS
    agenda.CAUGHT_UP_SECONDS_MAX = SECONDS
    gateways.KEY_CHECK_SECONDS = SECONDS
