"""The peers' own environment, `.venv-bench`: the product never depends on them."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "tests/bench/requirements.lock"
FOLDER = ROOT / ".venv-bench"
PACKAGE = ROOT / "tests/bench/peers/package.json"


def peers_python() -> Path:
    """Its Python, after everything in the lock is installed. Raises CalledProcessError when that fails."""
    python, stamp = FOLDER / "bin/python", FOLDER / ".installed"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(FOLDER, with_pip=True, clear=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(LOCK)],
            check=True,
        )
        stamp.write_text(wanted)
    return python


def peers_node() -> Path:
    """The folder of those that come by npm, after they are installed. Raises OSError where there is no npm, or
    CalledProcessError."""
    folder, stamp = FOLDER / "node", FOLDER / "node/.installed"
    wanted = PACKAGE.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(wanted)
        options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        subprocess.run(["npm", "install", *options], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        stamp.write_text(wanted)
    return folder
