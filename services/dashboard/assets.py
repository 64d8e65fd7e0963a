"""The files that pages load: ours, from this host, read once."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from services.api.endpoint import Sent

FOLDER = Path(__file__).resolve().parent / "static"
SMALLEST_PACKED_BYTES = 512
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Asset(Struct, frozen=True):
    """A file, plain and packed; `etag` changes with its content."""

    content: bytes
    packed: bytes | None
    kind: str
    etag: str


class Assets:
    """All files of the folder `static`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {path.name: _read(path) for path in sorted(folder.glob("*")) if path.is_file()}

    def answer(self, name: str, headers: Mapping[str, str]) -> Sent | None:
        """The file, or that the browser has it already; None when there is no such file."""
        asset = self._files.get(name)
        if asset is None:
            return None
        about = [
            (b"content-type", asset.kind.encode()),
            (b"etag", asset.etag.encode()),
            (b"cache-control", b"public, max-age=0, must-revalidate"),
            (b"x-content-type-options", b"nosniff"),
            (b"vary", b"accept-encoding"),
        ]
        if headers.get("if-none-match") == asset.etag:
            return Sent(304, b"", about)
        if asset.packed is not None and "gzip" in headers.get("accept-encoding", ""):
            return Sent(200, asset.packed, [*about, (b"content-encoding", b"gzip")])
        return Sent(200, asset.content, about)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or "svg" in kind
    packed = gzip.compress(content, mtime=0) if text and len(content) > SMALLEST_PACKED_BYTES else None
    return Asset(content, packed, kind, f'"{hashlib.sha256(content).hexdigest()[:24]}"')
