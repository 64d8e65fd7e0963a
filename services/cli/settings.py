"""`peaswap settings`: what can be set."""

import os

import click
from rich.console import Console
from rich.table import Table

from services.core.settings import DECLARATIONS, PREFIX


@click.command("settings")
@click.option("--markdown", is_flag=True, help="Print the table of the README.")
def settings(markdown: bool) -> None:
    """List every setting, its default, its present value and its meaning. Secrets are not shown."""
    if markdown:
        click.echo("| variable | default | meaning |\n|---|---|---|")
        for each in DECLARATIONS:
            default = "required" if each.default is None else f"`{each.default}`" if each.default else ""
            click.echo(f"| `{PREFIX}{each.name}` | {default} | {each.meaning} |")
        return
    table = Table("Variable", "Default", "Now", "Meaning", box=None)
    for each in DECLARATIONS:
        value = os.environ.get(PREFIX + each.name, "")
        shown = "(set)" if each.secret and value else value
        table.add_row(PREFIX + each.name, "required" if each.default is None else each.default, shown, each.meaning)
    Console().print(table)
