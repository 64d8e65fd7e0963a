"""Rules for every template and asset: what the strict Content-Security-Policy would refuse is not written."""

import ast
import re
from pathlib import Path

import pytest

import services.dashboard
from services.dashboard.front import UNKEPT
from services.dashboard.rendering import templates, warm

FOLDER = Path(services.dashboard.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
STATIC = sorted((FOLDER / "static").iterdir())
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|\|\s*safe|autoescape", re.IGNORECASE
)
AFAR = re.compile(r"""(?:src|href|action)=["']\w*:?//|@import|\burl\((?!["']?(?:data:|/))""")
PASSWORD = re.compile(r'field\(("\w+"|input\.name),[^{}]* type="password"')
BYTES_MAX = 60_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_script_or_style_and_nothing_from_afar(path: Path) -> None:
    text = path.read_text()
    assert INLINE.findall(text) == []
    assert AFAR.findall(text) == []


def test_what_is_typed_into_a_password_is_never_kept() -> None:
    declared = [
        {each.arg: ast.unparse(each.value).strip("'") for each in node.keywords}
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Input"
    ]
    names = [each["name"] for each in declared if each.get("kind") == "password"]
    written = [name for path in TEMPLATES for name in PASSWORD.findall(path.read_text())]
    assert len(written) == sum(path.read_text().count('type="password"') for path in TEMPLATES)
    assert "input.name" in written, "the field of an Input"
    assert names
    assert set(names) | {name.strip('"') for name in written} - {"input.name"} <= UNKEPT


def test_assets_are_few_small_and_ours() -> None:
    assert sum(path.stat().st_size for path in STATIC) < BYTES_MAX
    assert [path.name for path in STATIC if AFAR.search(path.read_text())] == []


def test_what_is_compiled_at_the_start_is_what_pages_are_made_of() -> None:
    warm()
    compiled = templates(FOLDER / "templates").cache
    assert compiled is not None
    assert len(compiled) == len(TEMPLATES)
