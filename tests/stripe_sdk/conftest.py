"""Stripe's own clients, pointed at a running server."""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import pytest
import requests
import stripe

from tests.support.served import Served

E = TypeVar("E", bound=Exception)


def refused(kind: type[E], call: Callable[..., Any], *arguments: Any) -> E:
    """The exception with which the library refuses the call."""
    with pytest.raises(kind) as caught:
        call(*arguments)
    return caught.value


@pytest.fixture(scope="package")
def client(server: Served) -> Generator[Any]:
    """Untyped, because answers are in our words: statuses in capitals, `payment` for `payment_intent`."""
    with requests.Session() as session:
        session.trust_env = False
        http_client = stripe.RequestsClient(session=session, timeout=60)
        made = stripe.StripeClient(server.key, base_addresses={"api": server.url}, http_client=http_client)
        yield made.v1
