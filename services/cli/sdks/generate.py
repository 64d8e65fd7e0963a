"""The generated parts of the SDKs."""

import time
from pathlib import Path

import click

from services.api.app import OPERATIONS
from services.api.openapi import document
from services.api.sdk_packages import SDKS
from services.cli.sdks import javascript, python
from services.cli.sdks.plan import plan_of


@click.command("generate")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 when something is out of date.")
def generate(check: bool) -> None:
    """Bring methods and types up to date with the API. Needs neither a server nor a network."""
    started = time.perf_counter()
    stale = {path: text for path, text in generated().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        click.echo(f"{'out of date' if check else 'written'}: {path.relative_to(SDKS)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    click.echo(f"{len(stale)} changed, {time.perf_counter() - started:.1f} s")
    if check and stale:
        raise SystemExit(1)


def generated() -> dict[Path, str]:
    """Every generated file of both SDKs, as it should be."""
    plan = plan_of(document(OPERATIONS, "http://127.0.0.1:8787"))
    files = {SDKS / "javascript" / "src" / "resources.js": javascript.table(plan)}
    files[SDKS / "javascript" / "src" / "resources.d.ts"] = javascript.types(plan)
    for name, text in python.modules(plan).items():
        files[SDKS / "python" / "peaswap" / "generated" / f"{name}.py"] = text
    return files
