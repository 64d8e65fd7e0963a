"""The command line of the house: `./peaswap COMMAND`."""

from importlib import import_module
from importlib.util import find_spec
from typing import cast

import click

from services.cli.sentences import Sentences

# Name of the command -> module and attribute; a command's module is loaded when it is called.
COMMANDS = {
    "dev": "deploy.dev.command:dev",
    "test": "services.cli.checks:test",
    "check": "services.cli.checks:check",
    "bench": "tests.bench.command:bench",
    "screenshots": "tests.browser.screenshots:screenshots",
    "api": "services.cli.api:api",
    "worker": "services.cli.worker:worker",
    "scheduler": "services.cli.scheduler:scheduler",
    "migrate": "services.cli.migrate:migrate",
    "keys": "services.cli.keys:keys",
    "users": "services.cli.users:users",
    "events": "services.cli.events:events",
    "listen": "services.cli.listen:listen",
    "trigger": "services.cli.trigger:trigger",
    "webhooks": "services.cli.webhooks:webhooks",
    "export": "services.cli.export:export",
    "replay": "services.cli.replay:replay",
    "verify": "services.cli.verify:verify",
    "clocks": "services.cli.clocks:clocks",
    "due": "services.cli.due:due",
    "subscriptions": "services.cli.subscriptions:subscriptions",
    "projections": "services.cli.projections:projections",
    "sdks": "services.cli.sdks.command:sdks",
    "settings": "services.cli.settings:settings",
    "doctor": "services.cli.doctor:doctor",
}


class House(Sentences):
    """Loads the module of a command only when that command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, where in COMMANDS.items() if _is_here(where)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = COMMANDS.get(cmd_name)
        if where is None or not _is_here(where):
            return None
        module, _, attribute = where.partition(":")
        try:
            return cast(click.Command, getattr(import_module(module), attribute))
        except ModuleNotFoundError:
            if not where.startswith("tests."):
                raise
            # The launcher installs the packages of the tests before it comes here with such a command.
            return click.Command(cmd_name, help="Its first use installs what it needs; then its --help says more.")


def _is_here(where: str) -> bool:
    """Whether the command came along: a server's image has no tests."""
    return find_spec(where.partition(".")[0]) is not None


@click.command(cls=House, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """PeaSwap: billing that you own.

    `peaswap dev` starts everything on this machine and prints the first call to make. The server itself is
    `migrate` once, then any number of `api`, `worker` and `scheduler`, configured by PEASWAP_… variables
    (`peaswap settings` lists them, `peaswap doctor` says what is wrong with them).
    """


if __name__ == "__main__":
    main(prog_name="peaswap")
