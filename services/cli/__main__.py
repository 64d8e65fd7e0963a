"""The command line of the house: `./peaswap COMMAND`."""

import click

from services.cli.lazy import Lazy

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
    "sdks": "services.cli.sdks:sdks",
    "settings": "services.cli.settings:settings",
    "doctor": "services.cli.doctor:doctor",
}


@click.group(
    cls=Lazy,
    places=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def main() -> None:
    """PeaSwap: billing that you own.

    `peaswap dev` starts everything on this machine and prints the first call to make. The server itself is
    `migrate` once, then any number of `api`, `worker` and `scheduler`, configured by PEASWAP_… variables
    (`peaswap settings` lists them, `peaswap doctor` says what is wrong with them).
    """


if __name__ == "__main__":
    main(prog_name="peaswap")
