"""Templates as pages. Everything that is put into a template is text until the template says otherwise."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from services.api.endpoint import Sent
from services.dashboard.formatting import FILTERS, money
from services.dashboard.guarding import HEADERS

FOLDER = Path(__file__).resolve().parent / "templates"


@cache
def templates(folder: Path) -> Environment:
    """The templates of a folder, each compiled once per process."""
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(FILTERS)
    return found


def warm() -> None:
    """Compiles all templates, and has Babel read its tables: the first visitor of a page need not wait for it."""
    found = templates(FOLDER)
    for name in found.list_templates():
        found.get_template(name)
    money(0, "usd")


class Renderer:
    """Makes pages from templates."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._templates = templates(folder)

    def text(self, name: str, values: Mapping[str, Any]) -> str:
        """The text that a template makes of these values."""
        return self._templates.get_template(name).render(values)

    def page(self, name: str, status: int, values: Mapping[str, Any]) -> Sent:
        """The page, with everything that a browser must be told about it."""
        return Sent(status, self.text(name, values).encode(), HEADERS)
