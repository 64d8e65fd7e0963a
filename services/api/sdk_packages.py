"""The SDKs as what pip and npm install, made from their folders once, when a server starts.

A wheel is a zip file with a list of what is in it, a package of npm a tar file: neither needs a tool of its own. The
same files always give the same bytes.
"""

import base64
import gzip
import hashlib
import io
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

SDKS = Path(__file__).resolve().parents[1] / "sdks"
# Zip files know no earlier time.
EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE = 0o644


@cache
def packages() -> Mapping[str, bytes]:
    """The files that can be installed, by name; none where the SDKs did not come along."""
    if not SDKS.is_dir():
        return {}
    return dict([_wheel(SDKS / "python"), _tarball(SDKS / "javascript")])


def _wheel(folder: Path) -> tuple[str, bytes]:
    """As the specification of binary distributions has it."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    about = f"{name}-{version}.dist-info"
    metadata = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {each}" for each in project["dependencies"]),
        "Description-Content-Type: text/markdown",
        "",
        (folder / project["readme"]).read_text(),
    ]
    tags = ["Wheel-Version: 1.0", "Generator: peaswap", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
    files = _files(folder, "peaswap")
    files[f"{about}/METADATA"] = "\n".join(metadata).encode()
    files[f"{about}/WHEEL"] = "\n".join(tags).encode()
    record = f"{about}/RECORD"
    lines = [f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in files.items()]
    files[record] = "".join([*lines, f"{record},,\n"]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = FILE_MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return f"{name}-{version}-py3-none-any.whl", out.getvalue()


def _tarball(folder: Path) -> tuple[str, bytes]:
    """As `npm pack` makes it."""
    described = msgspec.json.decode((folder / "package.json").read_bytes())
    files = {"package.json": (folder / "package.json").read_bytes()}
    for each in described["files"]:
        files |= _files(folder, each)
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size, entry.mode = len(content), FILE_MODE
            tar.addfile(entry, io.BytesIO(content))
    return f"{described['name']}-{described['version']}.tgz", out.getvalue()


def _files(folder: Path, name: str) -> dict[str, bytes]:
    """A file of the folder, or all below one, by path in the folder."""
    top = folder / name
    found = [top] if top.is_file() else sorted(each for each in top.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in found if "__pycache__" not in each.parts}


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
