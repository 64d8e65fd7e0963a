"""Debian's Chromium, driven by Playwright; installed where that can be done, and said plainly where it cannot."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
]
INSTALL_SECONDS_MAX = 900


class NoChromium(Exception):
    """There is no Chromium, and it could not be installed; the message says why."""


def chromium_program() -> Path:
    """Where Chromium is. As root on Debian it is installed when it is missing. Raises NoChromium."""
    # Tests that run beside each other would both install it; apt lets only one.
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _found() or _install()


def _install() -> Path:
    found = None
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        said = ""
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            done = subprocess.run(
                ["apt-get", "-qq", *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS_MAX,
                check=False,
            )
            said += done.stderr
        found = _found()
        if found is None:
            raise NoChromium(f"apt-get could not install chromium: {said[-2000:]}")
    if found is None:
        raise NoChromium(
            "The browser tests need Chromium, which is not on the PATH and can only be installed by us as root on "
            "Debian: apt-get install chromium"
        )
    return found


def _found() -> Path | None:
    return next((Path(path) for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Generator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        launched: Any = playwright.chromium.launch(executable_path=chromium_program(), args=ARGUMENTS)
        try:
            yield launched
        finally:
            launched.close()
