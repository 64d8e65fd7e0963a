"""`peaswap api`: the HTTP server."""

import click
import uvicorn

from services.api.protocol import Protocol
from services.cli.house import settings_or_exit

DRAIN_SECONDS = 8


@click.command("api")
def api() -> None:
    """Serve the HTTP API on PEASWAP_HOST and PEASWAP_PORT.

    Any number of them may run beside each other. SIGTERM lets the requests under way finish.

    \b
    Exit codes: 0 stopped, 1 could not start, 2 a setting is wrong.
    """
    settings = settings_or_exit()
    uvicorn.run(
        "services.dashboard.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Protocol,
        access_log=False,
        log_config=None,
        server_header=False,
        # Nothing that a proxy claims about the client is believed or used.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=4096,
    )
