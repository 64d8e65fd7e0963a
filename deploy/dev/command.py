"""`peaswap dev`: the whole house on this machine, with one command."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec
from rich.console import Console

from deploy.dev.children import Children
from deploy.dev.home import Home, HomeInUse
from deploy.dev.postgres import Postgres
from deploy.dev.programs import CannotStart, free_port, port_is_free
from deploy.dev.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 180.0
POLL_SECONDS = 0.05
SERVERS_AGAIN_SECONDS = 5.0
SPECIAL = re.compile(r"[\s;&|<>()$`\\\"'#~*]")


@click.command("dev")
def dev() -> None:
    """Start everything on this machine: Postgres, Redis, a simulated payment gateway, API, worker and scheduler.

    Data lies in PEASWAP_HOME (default: .peaswap in this folder) and survives restarts, as do the keys. The API listens
    on PEASWAP_PORT (default: 8787). When it is ready, URL and keys are printed and written to dev.env in that folder.
    PEASWAP_DATABASE_URL and PEASWAP_REDIS_URL take the place of the embedded servers. Ctrl-C ends all of it.

    \b
    Example, in a second terminal:
      set -a; . .peaswap/dev.env; set +a
      curl $PEASWAP_URL/v1/customers -H "Authorization: Bearer $PEASWAP_API_KEY"
    \b
    Exit codes: 0 stopped, 1 something did not start.
    """
    folder = Path(os.environ.get("PEASWAP_HOME") or ROOT / ".peaswap").expanduser().resolve()
    try:
        with Home(folder) as home:
            _House(home).run()
    except (CannotStart, HomeInUse) as problem:
        raise click.ClickException(str(problem)) from None


class _House:
    def __init__(self, home: Home) -> None:
        self.home = home
        self.port = _port()
        self.children = Children(home.folder)
        self.console = Console()
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.stopping = False
        self.again_at: dict[str, float] = {}

    def run(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        try:
            environment = self._start()
            self._print(environment)
            while not self.stopping:
                self._mend()
                time.sleep(POLL_SECONDS)
        except _Stopped:
            pass
        finally:
            self.home.environment_file.unlink(missing_ok=True)
            self.children.stop()
            if self.valkey is not None:
                self.valkey.down()
            if self.postgres is not None:
                self.postgres.down()

    def _mend(self) -> None:
        """Starts again what has ended by itself."""
        for name, server in (("Postgres", self.postgres), ("Redis", self.valkey)):
            if server is not None and server.has_ended and time.monotonic() >= self.again_at.get(name, 0.0):
                click.echo(f"{name} has ended; it is started again. Its log: {server.log}", err=True)
                try:
                    # The others know it by its port.
                    server.up(moves=False)
                except CannotStart as problem:
                    click.echo(str(problem), err=True)
                self.again_at[name] = time.monotonic() + SERVERS_AGAIN_SECONDS
        self.children.mend()

    def _start(self) -> Mapping[str, str]:
        self.home.environment_file.unlink(missing_ok=True)
        if not port_is_free(self.port):
            raise CannotStart(f"Port {self.port} is in use. Choose another one: PEASWAP_PORT=8788 ./peaswap dev")
        with self.console.status("Starting Postgres and Redis …"):
            database, redis = self._servers()
        gateway_port, token = free_port(), self.home.secret("gateway.token")
        server = {
            "PEASWAP_DATABASE_URL": database,
            "PEASWAP_REDIS_URL": redis,
            "PEASWAP_MASTER_KEY": self.home.secret("master.key"),
            "PEASWAP_PORT": str(self.port),
            "PEASWAP_SHARDS": os.environ.get("PEASWAP_SHARDS") or self.home.kept("shards", "1"),
            "PEASWAP_GATEWAY_URL": f"http://127.0.0.1:{gateway_port}",
            "PEASWAP_GATEWAY_TOKEN": token,
            "PEASWAP_WEBHOOKS_ALLOW_LOOPBACK": os.environ.get("PEASWAP_WEBHOOKS_ALLOW_LOOPBACK", "yes"),
        }
        # For the other commands: `peaswap replay` in a second terminal finds the server by it.
        self.home.write_private(self.home.folder / "server.env", _lines(server))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **server}
        with self.console.status("Bringing the database up to date …"):
            self._call(environment, "migrate")
            # Only now: what the log refuses must not be asked of it again by itself.
            self.home.write_private(self.home.folder / "shards", server["PEASWAP_SHARDS"])
            keys = self._keys(environment)
        self.children.environment = environment
        data = str(self.home.folder / "gateway")
        simulator = ["services.gateways.simulator", "--port", str(gateway_port), "--data", data]
        self.children.start("gateway", simulator)
        for name in ("api", "worker", "scheduler"):
            self.children.start(name, ["services.cli", name])
        with self.console.status("Starting the API …"):
            self._wait_until_ready()
        link = self._call(environment, "users", "bootstrap", "--account", keys["account"]).strip()
        found = {
            "PEASWAP_URL": f"http://127.0.0.1:{self.port}",
            "PEASWAP_API_KEY": keys["test_key"],
            "PEASWAP_LIVE_API_KEY": keys["live_key"],
            "PEASWAP_DASHBOARD_URL": link,
            "PEASWAP_DATABASE_URL": database,
            "PEASWAP_REDIS_URL": redis,
        }
        self.home.write_private(self.home.environment_file, _lines(found))
        return found

    def _servers(self) -> tuple[str, str]:
        database, redis = os.environ.get("PEASWAP_DATABASE_URL"), os.environ.get("PEASWAP_REDIS_URL")
        if not database:
            self.postgres = Postgres(self.home.folder)
            database = self.postgres.up()
        if not redis:
            self.valkey = Valkey(self.home.folder)
            redis = self.valkey.up()
        return database, redis

    def _keys(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """The development keys: made once, kept in our folder, for as long as the database knows them."""
        file = self.home.folder / "keys.json"
        if file.exists():
            kept: dict[str, str] = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
            if "test_key" in kept and self._known(environment, kept):
                return kept
        made = msgspec.json.decode(self._call(environment, "keys", "bootstrap", "--json"), type=dict[str, str])
        self.home.write_private(file, msgspec.json.encode(made).decode())
        return made

    def _known(self, environment: Mapping[str, str], keys: Mapping[str, str]) -> bool:
        # As JSON: what people read may be folded to the width of the terminal, and ids with it.
        return keys.get("account", "?") in self._call(environment, "keys", "list", "--json")

    def _call(self, environment: Mapping[str, str], *words: str) -> str:
        command = [sys.executable, "-m", "services.cli", *words]
        done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, cwd=ROOT, check=False)
        if done.returncode:
            raise CannotStart(f"`peaswap {' '.join(words)}` failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            self.children.mend()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(POLL_SECONDS)
        raise CannotStart(f"The API did not become ready; see {self.home.folder / 'logs'}.")

    def _stop(self, _signal: int, _frame: object) -> None:
        if not self.stopping:
            self.stopping = True
            raise _Stopped

    def _print(self, found: Mapping[str, str]) -> None:
        say = self.console.print
        say("\n[bold green]PeaSwap is ready.[/]\n")
        say(f"  URL        {found['PEASWAP_URL']}", highlight=False)
        say(f"  Reference  {found['PEASWAP_URL']}/docs", highlight=False)
        say(f"  Dashboard  {found['PEASWAP_DASHBOARD_URL']} (signs in once)", highlight=False, soft_wrap=True)
        say(f"  Test key   {found['PEASWAP_API_KEY']}", highlight=False)
        say(f"  Live key   {found['PEASWAP_LIVE_API_KEY']}", highlight=False)
        say(f"  Data       {self.home.folder}\n", highlight=False)
        file = shlex.quote(str(self.home.environment_file))
        say("  All of it for another terminal, and for what is started there:\n")
        say(f"  set -a; . {file}; set +a\n", highlight=False, soft_wrap=True, markup=False)
        say("  Create your first customer:\n")
        say(
            f"  curl -X POST {found['PEASWAP_URL']}/v1/customers \\\n"
            f'    -H "Authorization: Bearer {found["PEASWAP_API_KEY"]}" \\\n'
            '    -H "Content-Type: application/json" \\\n'
            '    -d \'{"name": "John Doe", "email": "john.doe@example.com", "phone": "+1234567890"}\'\n',
            highlight=False,
            soft_wrap=True,
        )
        say("  Ctrl-C ends everything.", highlight=False)


class _Stopped(Exception):
    """Somebody asked us to stop."""


def _lines(values: Mapping[str, str]) -> str:
    """Lines that a shell can read too; quoted is only what it would take apart."""
    return "".join(
        f"{name}={shlex.quote(value) if SPECIAL.search(value) else value}\n" for name, value in values.items()
    )


def _port() -> int:
    text = os.environ.get("PEASWAP_PORT", "8787")
    if not text.isdigit() or not 0 < int(text) < 65536:  # noqa: PLR2004
        raise CannotStart(f"PEASWAP_PORT is '{text}', which is not a port.")
    return int(text)
