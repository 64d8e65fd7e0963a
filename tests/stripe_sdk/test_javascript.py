"""Stripe's JavaScript library: tests/javascript/stripe.test.mjs against the running server."""

from tests.support import javascript
from tests.support.served import Served


def test_the_javascript_library_works(server: Served) -> None:
    javascript.install()
    done = javascript.run("--test", "stripe.test.mjs", PEASWAP_URL=server.url, PEASWAP_API_KEY=server.key)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "fail 0" in done.stdout
