"""`peaswap test` ends what it started, however it is ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.processes import ROOT, until

# What is cleared away takes longer than a parent in a hurry waits.
SLOW = """
import pathlib, time, pytest

HERE = pathlib.Path(__file__).parent

@pytest.fixture
def server():
    yield
    time.sleep(1)
    (HERE / "ended").touch()

def test_that_takes_long(server):
    (HERE / "begun").touch()
    time.sleep(600)
"""


async def test_interrupted_tests_clear_away_what_they_started(tmp_path: Path) -> None:
    (tmp_path / "test_slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "services.cli", "test", str(tmp_path)]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)

    async def begun() -> bool | None:
        return True if (tmp_path / "begun").exists() else None

    async def gone() -> int | None:
        return running.poll()

    try:
        await until(begun)
        os.killpg(running.pid, signal.SIGINT)
        assert await until(gone) != 0
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    assert (tmp_path / "ended").exists()
