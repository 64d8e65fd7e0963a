"""The SDKs as what pip and npm install."""

from pathlib import Path

import click

from services.api.sdk_packages import packages


@click.command("build")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="here",
    help="Where to put them.",
)
def build(folder: Path) -> None:
    """Write both SDKs as what pip and npm install: a wheel and a tarball. Needs neither a server nor a network.

    A running server has the same files, under /sdks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in packages().items():
        (folder / name).write_bytes(content)
        click.echo(f"{'pip' if name.endswith('.whl') else 'npm'} install {folder / name}")
