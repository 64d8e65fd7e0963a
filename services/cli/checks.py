"""`peaswap check` and `peaswap test`: what a program can say about the code."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NO_TESTS_RAN = 5
# Much of what tests do is waiting; each process has servers of its own, a file of tests stays in one process.
PROCESSES_MAX = 4
BESIDE = ("-n", str(min(PROCESSES_MAX, os.cpu_count() or 1)), "--dist", "loadfile", "--no-loadscope-reorder")

STEPS = (
    ("format", [BIN / "ruff", "format", "--check", "."]),
    ("ruff", [BIN / "ruff", "check", "."]),
    ("types", [BIN / "basedpyright"]),
    ("floors", [BIN / "lint-imports", "--no-cache"]),
)
DOSES = frozenset({"PEASWAP_TORTURE_SECONDS", "PEASWAP_WEBHOOK_EVENTS", "PEASWAP_RENEWALS"})


@click.command("check")
@click.option("--fix", is_flag=True, help="Format and mend what can be mended before checking.")
def check(fix: bool) -> None:
    """Check form, lint, types (strict) and the floors. Exit code 1 when any of them fails."""
    if fix:
        subprocess.run([BIN / "ruff", "check", "--fix", "-q", "."], cwd=ROOT, check=False)
        subprocess.run([BIN / "ruff", "format", "-q", "."], cwd=ROOT, check=False)
    if not _run_steps():
        raise SystemExit(1)


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def test(pytest_args: tuple[str, ...]) -> None:
    """Check everything, then run the tests; PYTEST_ARGS go to pytest (then only those tests run, without the checks).

    \b
    Examples:
      peaswap test
      peaswap test tests/eventstore -k chain
    """
    checked = True if pytest_args else _run_steps()
    command = [sys.executable, "-m", "pytest", "-q", *(pytest_args or BESIDE)]
    tested = _run_to_its_end(command)
    if tested == NO_TESTS_RAN:
        click.echo("No test ran.", err=True)
    raise SystemExit(tested or (0 if checked else 1))


def _run_to_its_end(command: Sequence[str]) -> int:
    """Its exit code. Ctrl-C reaches it too: it ends by itself then, with the servers that it started, which it would
    leave behind if it was killed."""
    with subprocess.Popen(command, cwd=ROOT, env=_environment()) as running:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return running.wait()


def _run_steps() -> bool:
    good = True
    for name, command in STEPS:
        started = time.perf_counter()
        done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
        verdict = "ok" if done.returncode == 0 else "FAILED"
        click.echo(f"{name:8} {verdict:6} {time.perf_counter() - started:5.1f} s")
        if done.returncode:
            good = False
            click.echo(done.stdout[-8000:] + done.stderr[-4000:])
    return good


def _environment() -> dict[str, str]:
    """The tests know of no setting of the machine they run on, but of how much they are to do."""
    return {name: value for name, value in os.environ.items() if name in DOSES or not name.startswith("PEASWAP_")}
