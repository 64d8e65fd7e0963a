"""`peaswap sdks`: the SDKs as files to install, and their generated parts."""

import click

from services.cli.lazy import Lazy

COMMANDS = {
    "build": "services.cli.sdks.build:build",
    "generate": "services.cli.sdks.generate:generate",
}


@click.group("sdks", cls=Lazy, places=COMMANDS)
def sdks() -> None:
    """The SDKs in services/sdks: `javascript` and `python`.

    Their methods and types are generated from the OpenAPI document; the rest is written by hand.
    """
