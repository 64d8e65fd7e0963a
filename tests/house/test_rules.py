"""The rules of the house that a program can check."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("eventstore", "services", "projections", "workers", "deploy")
BANNED_NAMES = {"utils", "helpers", "common", "base", "manager", "service"}
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
# Tables: one case per command or event.
TABLES = {"decide", "evolve", "_evolved", "project"}
PURE = ("decider.py", "commands.py", "events.py", "state.py")
IO_LIBRARIES = {"asyncio", "asyncpg", "redis", "httpx", "litestar", "dramatiq", "os", "socket", "time", "random"}
# What one capability may name of another: what it is, and what it does for others. Its routes and effects are its own.
FACE = {"commands", "events", "state", "decider", "lookup", "views", "terms", "lines", "policy"} | {
    "charging",
    "settling",
    "issuing",
}


def _modules(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts
    )


MODULES = _modules(*FOLDERS)
# Types and methods in the numbers that the API has; `peaswap sdks generate` writes them.
GENERATED = ROOT / "services/sdks/python/peaswap/generated"
IDS = [str(path.relative_to(ROOT)) for path in MODULES]


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_a_module_keeps_to_the_house(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert path.stem not in BANNED_NAMES
    if text.strip():
        assert ast.get_docstring(tree), "a module says what it is for"
    assert len(text.splitlines()) <= FILE_LINES_MAX or path.parent == GENERATED
    assert not re.search(r"^#\s*(?:pyright|type):\s*(?:basic|ignore)", text, re.MULTILINE), "no file-wide ignores"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX or node.name in TABLES, f"{node.name} has {lines} lines"
            deferred = [each for each in ast.walk(node) if isinstance(each, ast.Import | ast.ImportFrom)]
            assert not deferred, f"{node.name} imports when it is called"


CAPABILITIES = sorted(path.name for path in (ROOT / "services/billing").iterdir() if (path / "decider.py").exists())


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_capability_decides_without_input_or_output(capability: str) -> None:
    for name in PURE:
        tree = ast.parse((ROOT / "services/billing" / capability / name).read_text())
        roots = {module.partition(".")[0] for module in _imports(tree)}
        assert not roots & IO_LIBRARIES, f"{capability}/{name}"
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"datetime.now", "new_id", "uuid7", "print"}, f"{capability}/{name}"


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_capability_knows_only_the_face_of_another(capability: str) -> None:
    for path in (ROOT / "services/billing" / capability).glob("*.py"):
        for module in _imports(ast.parse(path.read_text())):
            parts = module.split(".")
            if parts[:2] == ["services", "billing"] and len(parts) > 3 and parts[2] != capability:
                assert parts[3] in FACE, f"{path.name} imports {module}"


def test_statements_are_written_in_lower_case() -> None:
    shouted = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\b")
    for path in [*MODULES, *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.sql"))]:
        assert not shouted.search(path.read_text()), path


def test_locks_name_versions_and_hashes_only() -> None:
    for lock in ("requirements.lock", "tests/requirements.lock", "tests/bench/requirements.lock", "deploy/export.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        assert re.findall(r"^[a-zA-Z0-9_.\-]+(?:\[[^\]]+\])?==\S+", text, re.MULTILINE)
        for block in re.split(r"\n(?=[a-zA-Z])", text.strip()):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_settings_table_of_the_readme_is_true() -> None:
    declared = re.findall(r'Declaration\(\s*"(\w+)"', (ROOT / "services/core/settings.py").read_text())
    readme = (ROOT / "README.md").read_text()
    assert declared
    assert [name for name in declared if f"`PEASWAP_{name}`" not in readme] == []
