"""The folder that holds all data of `peaswap dev`, used by one at a time."""

import base64
import fcntl
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import IO

SECRET_BYTES = 32


class HomeInUse(Exception):
    """Another `peaswap dev` works in this folder."""


class Home:
    """Locked for as long as it is open; the lock ends with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None

    def __enter__(self) -> "Home":
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "logs").mkdir(exist_ok=True)
        self._lock = (self.folder / "dev.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise HomeInUse(
                f"Another `peaswap dev` works in {self.folder}. For a second one beside it choose another folder and "
                "port: PEASWAP_HOME=~/second PEASWAP_PORT=8788 ./peaswap dev"
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.close()

    @property
    def environment_file(self) -> Path:
        """Where URL and keys are written once everything is ready."""
        return self.folder / "dev.env"

    def secret(self, name: str) -> str:
        """32 random bytes in base64, made once and kept in our folder."""
        file = self.folder / name
        if not file.exists():
            self.write_private(file, base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())
        return file.read_text().strip()

    def kept(self, name: str, otherwise: str) -> str:
        """What the file `name` in our folder says, where there is one."""
        file = self.folder / name
        return file.read_text() if file.exists() else otherwise

    def write_private(self, file: Path, text: str) -> None:
        """Writes a file that only its owner can read, whole or not at all."""
        fresh = file.with_name(f"{file.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(text)
        fresh.chmod(0o600)
        fresh.replace(file)
