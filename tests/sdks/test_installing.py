"""The SDKs as a user gets them: files of a running server, which pip and npm install."""

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx
import pytest

from services.api.sdk_packages import packages
from services.cli.sdks.build import build
from tests.support.served import Served

SDKS = Path(__file__).resolve().parents[2] / "services" / "sdks"
CALL = "from peaswap import Peaswap; print(len(Peaswap({key!r}, base_url={url!r}).customers.list(limit=1).data))"


@pytest.fixture
def fetched(server: Served, tmp_path: Path) -> dict[str, Path]:
    """Both files, as the server sends them to anybody."""
    found: dict[str, Path] = {}
    for name, content in packages().items():
        answer = httpx.get(f"{server.url}/sdks/{name}", trust_env=False, timeout=60)
        assert (answer.status_code, answer.content) == (200, content)
        found[name.rpartition(".")[2]] = tmp_path / name
        (tmp_path / name).write_bytes(answer.content)
    return found


def _pip() -> list[str]:
    """A pip: that of this environment, or that of the Python which made it, where this one came without."""
    for python in (sys.executable, str(Path(sys.base_prefix) / "bin" / "python3")):
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode == 0:
            return pip
    raise AssertionError("there is no pip")


def test_pip_installs_the_wheel_and_it_works(server: Served, fetched: dict[str, Path], tmp_path: Path) -> None:
    there = tmp_path / "there"
    install = ["install", "-q", "--no-index", "--no-deps", "--target", str(there), str(fetched["whl"])]
    done = subprocess.run([*_pip(), *install], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (there / "peaswap" / "py.typed").exists()
    program = f"import sys; sys.path.insert(0, {str(there)!r}); " + CALL.format(key=server.key, url=server.url)
    said = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert said.stdout.strip() in {"0", "1"}, said.stderr


def test_the_tarball_is_what_npm_packs(fetched: dict[str, Path]) -> None:
    with tarfile.open(fetched["tgz"]) as tar:
        files = {each.name.removeprefix("package/") for each in tar.getmembers()}
    folder = SDKS / "javascript"
    assert files == {"package.json", "README.md", *(f"src/{each.name}" for each in (folder / "src").iterdir())}
    assert set(json.loads((folder / "package.json").read_text())["files"]) == {"src", "README.md"}


def test_the_command_writes_the_same_files(tmp_path: Path) -> None:
    assert build.callback is not None
    build.callback(folder=tmp_path)
    for name, content in packages().items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).digest() == hashlib.sha256(content).digest()
