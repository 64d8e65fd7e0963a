"""An embedded Valkey (or Redis) in the project's own data folder, on a port of loopback, with a password."""

import contextlib
import json as text_json
import secrets
import socket
import subprocess
import time
from pathlib import Path

from msgspec import Struct, json

from deploy.dev.programs import CannotStart, free_port, redis_program, spawn

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0


class Remembered(Struct):
    """What must survive a restart."""

    password: str
    port: int = 0


class Valkey:
    """One server. Its data lies in `root/redis`; every write is on disk within a second."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.data = self.root / "redis"
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log = self.root / "redis.log"
        self._state = self.root / "redis.json"
        self._process: subprocess.Popen[bytes] | None = None
        if not self._state.exists():
            self._remember(Remembered(secrets.token_urlsafe(18)))

    @property
    def url(self) -> str:
        """How to connect."""
        kept = self._remembered()
        return f"redis://:{kept.password}@127.0.0.1:{kept.port}/0"

    @property
    def has_ended(self) -> bool:
        """Whether the server that was started here has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def up(self, *, moves: bool = True) -> str:
        """Starts the server unless it runs. Returns the URL. Where its port is
        taken it `moves` to another one, or waits for it."""
        if self.alive():
            if self.has_ended:
                self._process = None
            return self.url
        log = self.log
        deadline = time.monotonic() + START_SECONDS_MAX
        port = self._remembered().port or free_port()
        while time.monotonic() < deadline:
            written = log.stat().st_size if log.exists() else 0
            self._remember(Remembered(self._remembered().password, port))
            process = spawn([redis_program(), self._configuration(port)], log)
            while process.poll() is None and time.monotonic() < deadline:
                if self.alive():
                    self._process = process
                    return self.url
                time.sleep(0.01)
            said = log.read_bytes()[written:].decode(errors="replace")
            if "Address already in use" not in said and "bind" not in said:
                raise CannotStart(f"Redis did not start:\n{said[-2000:]}")
            if moves:
                port = free_port()
            else:
                time.sleep(0.25)
        raise CannotStart(f"Redis did not start within {START_SECONDS_MAX:.0f} s; see {log}.")

    def down(self) -> None:
        """Ends the server by its own command, never by a number that another process may have by now."""
        with contextlib.suppress(OSError):
            self._ask("SHUTDOWN", answers=9)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def alive(self) -> bool:
        """Whether our server answers to our password."""
        try:
            return self._ask("PING", answers=2) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def _configuration(self, port: int) -> Path:
        path = self.data / "redis.conf"
        path.touch(mode=0o600)
        path.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {self._remembered().password}\n"
            f"dir {text_json.dumps(str(self.data))}\nappendonly yes\nappendfsync everysec\n"
            'save ""\nmaxmemory-policy noeviction\ndaemonize no\nlogfile ""\ntcp-keepalive 60\n'
        )
        return path

    def _ask(self, command: str, *, answers: int) -> bytes:
        kept = self._remembered()
        with socket.create_connection(("127.0.0.1", kept.port), 1) as connection:
            connection.settimeout(5)
            connection.sendall(f"AUTH {kept.password}\r\n{command}\r\n".encode())
            said = b""
            while said.count(b"\r\n") < answers and (more := connection.recv(1024)):
                said += more
            return said

    def _remembered(self) -> Remembered:
        return json.decode(self._state.read_bytes(), type=Remembered)

    def _remember(self, kept: Remembered) -> None:
        fresh = self._state.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(json.encode(kept))
        fresh.replace(self._state)
