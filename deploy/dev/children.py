"""The processes that `peaswap dev` runs: started, watched, mended, and ended with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from msgspec import Struct

STOP_SECONDS_MAX = 8.0
MEND_SECONDS_FIRST = 0.5
MEND_SECONDS_MAX = 10.0
LOG_BYTES_MAX = 20 * 1024 * 1024

ROOT = Path(__file__).resolve().parents[2]


class _Child(Struct):
    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes]"
    pause_seconds: float = MEND_SECONDS_FIRST
    again_at: float = 0.0


class Children:
    """Python programs of this house, each with a log of its own in `folder/logs`."""

    def __init__(self, folder: Path) -> None:
        self._logs = folder / "logs"
        self._children: dict[str, _Child] = {}
        self.environment: Mapping[str, str] = os.environ

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Starts `python -m arguments` under this name."""
        log = self._logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))
        command = [sys.executable, "-m", "deploy.dev.child", *arguments]
        self._children[name] = _Child(name, command, self._spawn(name, command))

    def mend(self) -> None:
        """Starts again what has ended by itself, each time a little later."""
        now = time.monotonic()
        for child in self._children.values():
            code = child.process.poll()
            if code is None:
                continue
            if not child.again_at:
                log = self._logs / f"{child.name}.log"
                click.echo(f"The {child.name} ended with {code}; it is started again. Its log: {log}", err=True)
                child.again_at = now + child.pause_seconds
                child.pause_seconds = min(MEND_SECONDS_MAX, child.pause_seconds * 2)
            elif now >= child.again_at:
                child.again_at = 0.0
                child.process = self._spawn(child.name, child.command)

    def stop(self) -> None:
        """Asks all of them to end, and ends those that do not."""
        for child in self._children.values():
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for child in self._children.values():
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def _spawn(self, name: str, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        with (self._logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=dict(self.environment),
                # Ctrl-C reaches us alone: we end the others in order.
                start_new_session=True,
            )
