"""`peaswap settings`: what can be set."""

import os
from collections.abc import Mapping

import click

from services.cli.house import SERVER_FILE, home, server_environment
from services.core.settings import DECLARATIONS, PREFIX, Declaration, unknown_variables


@click.command("settings")
@click.option("--markdown", is_flag=True, help="Print the table of the README.")
def settings(markdown: bool) -> None:
    """List every setting: what it means, its present value with where that comes from, and its default.

    What the environment leaves open comes from the `peaswap dev` of PEASWAP_HOME, if there is one, as for all other
    commands. Secrets are not shown. `peaswap doctor` says what is wrong with them.
    """
    if markdown:
        click.echo("| variable | default | meaning |\n|---|---|---|")
        for each in DECLARATIONS:
            default = "required" if each.default is None else f"`{each.default}`" if each.default else ""
            click.echo(f"| `{PREFIX}{each.name}` | {default} | {each.meaning} |")
        return
    width = click.get_current_context().terminal_width or click.formatting.HelpFormatter().width
    environment = server_environment()
    for each in DECLARATIONS:
        click.secho(PREFIX + each.name, bold=True)
        click.echo(click.wrap_text(each.meaning, width, "    ", "    "))
        click.echo(f"    {_present(each, environment)}")
    for name in unknown_variables(os.environ):
        click.secho(f"{name} is set, and is not a setting; is it misspelt?", fg="red")


def _present(each: Declaration, environment: Mapping[str, str]) -> str:
    name = PREFIX + each.name
    value = environment.get(name, "")
    default = "required" if each.default is None else f"default: {each.default or 'none'}"
    if not value:
        return "not set, but required" if each.default is None else default
    try:
        each.read(value)
        wrong = ""
    except ValueError as problem:
        wrong = f", which {problem}"
    source = "the environment" if os.environ.get(name) else home() / SERVER_FILE
    return f"now: {'(secret)' if each.secret else value}{wrong}, from {source} ({default})"
