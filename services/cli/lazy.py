"""Groups whose commands are loaded when they are named."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

import click

from services.cli.sentences import Sentences


class Lazy(Sentences):
    """`places` is name of the command -> module and attribute. What a server's image lacks (it has no tests) is not
    listed; a command whose packages are not installed says so when it is called."""

    def __init__(self, *args: Any, places: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, place in self._places.items() if _is_here(place)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._places.get(cmd_name)
        if place is None or not _is_here(place):
            return None
        module, _, attribute = place.partition(":")
        try:
            return cast(click.Command, getattr(import_module(module), attribute))
        except ModuleNotFoundError as problem:
            package = (problem.name or "").partition(".")[0]
            if find_spec(package) is not None:
                # A module that is missing in a package that is there is a fault of ours.
                raise
            return _lacking(cmd_name, package)


def _lacking(name: str, package: str) -> click.Command:
    @click.command(
        name,
        help="Its first use in a clone installs what it needs; then its --help says more.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def lacking() -> None:
        raise click.UsageError(f"This needs the package '{package}'; ./peaswap in a clone installs it.")

    return lacking


def _is_here(place: str) -> bool:
    return find_spec(place.partition(".")[0]) is not None
