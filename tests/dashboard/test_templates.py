"""Rules for every template and asset: what the strict Content-Security-Policy would refuse is not written."""

import re
from pathlib import Path

import pytest

import services.dashboard

FOLDER = Path(services.dashboard.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
STATIC = sorted((FOLDER / "static").iterdir())
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|\|\s*safe|autoescape", re.IGNORECASE
)
AFAR = re.compile(r"""(?:src|href|action)=["']\w*:?//|@import|\burl\((?!["']?(?:data:|/))""")
BYTES_MAX = 60_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_script_or_style_and_nothing_from_afar(path: Path) -> None:
    text = path.read_text()
    assert INLINE.findall(text) == []
    assert AFAR.findall(text) == []


def test_assets_are_few_small_and_ours() -> None:
    assert sum(path.stat().st_size for path in STATIC) < BYTES_MAX
    assert [path.name for path in STATIC if AFAR.search(path.read_text())] == []
