"""The command line on real servers, as an operator and an auditor use it."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import click
import pytest

from eventstore.seals import SealingKey, seal
from projections.registry import PROJECTIONS
from services.cli.__main__ import main
from services.cli.clocks import target
from services.core.settings import DECLARATIONS, Declaration, SettingsError, load_settings
from tests.support.app import MASTER_KEY, RunningApi
from tests.support.gateway import SimulatorProcess
from tests.support.models import run_down
from tests.support.processes import ROOT, Fleet, fleet


@pytest.fixture
async def commands(
    api: RunningApi, database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> AsyncGenerator[Fleet]:
    """The command line beside a running API."""
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        yield running


async def test_replay_tells_the_life_of_a_customer(api: RunningApi, commands: Fleet) -> None:
    customer = await api.create_customer(name="Ada", metadata={"plan": "free"})
    id = customer["id"]
    await api.client.put(f"/v1/customers/{id}", json={"name": "Ada L."}, headers={"Idempotency-Key": "rename-1"})
    changed = (await api.client.put(f"/v1/customers/{id}", json={"phone": "+1 555 0100"})).json()
    text = await commands.said("replay", id)
    for told in ("customer.created", "rename-1", 'name: "Ada" → "Ada L."', "by api_key:key_", "+1 555 0100"):
        assert told in text, told
    whole = json.loads(await commands.said("replay", id, "--json"))
    assert [each["type"] for each in whole["events"]] == ["customer.created", "customer.updated", "customer.updated"]
    assert whole["state"] == changed
    first = json.loads(await commands.said("replay", id, "--json", "--to-version", "1"))
    assert first["state"] == customer
    before = json.loads(await commands.said("replay", id, "--json", "--as-of", "2020-01-31T09:30:00Z"))
    assert (before["events"], before["state"]) == ([], None)
    assert "knows nothing" in await commands.said("replay", "cust_nothing", code=1)
    assert "not an instant" in await commands.said("replay", id, "--as-of", "yesterday", code=2)


async def test_read_models_are_shown_and_rebuilt(api: RunningApi, commands: Fleet) -> None:
    await api.create_customer()
    await run_down(api)
    text = await commands.said("projections", "status")
    assert all(each.name in text for each in PROJECTIONS)
    rebuilt = await commands.said("projections", "rebuild", "customer_list", "history", "--compare")
    assert "customer_list: rebuilt from" in rebuilt
    assert rebuilt.count(" 0 rows differed") == 2
    await api.engine.store.pool.execute("delete from rm_customer_list.customers")
    assert "1 rows differed" in await commands.said("projections", "rebuild", "customer_list", "--compare", code=1)
    assert len((await api.client.get("/v1/customers")).json()["data"]) == 1
    assert "no read model 'nothing'" in await commands.said("projections", "rebuild", "nothing", code=2)


async def test_verify_names_the_first_byte_and_the_missing_seal(
    api: RunningApi, commands: Fleet, database: str
) -> None:
    await api.create_customer()
    key = SealingKey(api.settings.master_key)
    await seal(api.engine.store.pool, key, 0, datetime.now(UTC) + timedelta(hours=1))
    text = await commands.said("verify")
    kept = text.split()[-1]
    assert "The log holds" in text
    assert "The log holds" in await commands.said("verify", "--seal", kept)
    assert "does not stand any more" in await commands.said("verify", "--seal", f"2:{'0' * 64}", code=1)
    owner = await asyncpg.connect(database)
    await owner.execute("alter table es.events disable trigger events_are_append_only")
    await owner.execute("update es.events set meta = replace(meta::text, 'req_', 'rEq_')::json where position = 3")
    assert "position 3" in await commands.said("verify", code=1)
    await owner.execute("update es.events set meta = replace(meta::text, 'rEq_', 'req_')::json where position = 3")
    await owner.execute("delete from es.events where position = (select max(position) from es.events)")
    await owner.close()
    assert "its tail was cut off" in await commands.said("verify", code=1)


async def test_keys_are_made_listed_and_revoked(api: RunningApi, commands: Fleet) -> None:
    account = (await api.client.get("/v1/account")).json()["id"]
    made = await commands.said(
        "keys", "create", "--account", account, "--name", "Shop", "--permission", "customers:read"
    )
    (secret,) = [word for word in made.split() if word.startswith("rk_test_")]
    assert (await api.call("GET", "/v1/customers", secret)).status_code == 200
    assert (await api.call("POST", "/v1/customers", secret, json={})).status_code == 403
    listed = [json.loads(line) for line in (await commands.said("keys", "list", "--json")).splitlines()]
    (row,) = [each for each in listed if each["name"] == "Shop"]
    assert (row["account"], row["environment"], row["may"], row["state"]) == (
        account,
        "test",
        "customers:read",
        "works",
    )
    assert secret not in json.dumps(listed)
    await commands.said("keys", "revoke", row["key"])

    async with asyncio.timeout(120):
        while (await api.call("GET", "/v1/customers", secret)).status_code != 401:
            await asyncio.sleep(0.1)
    listed_text = await commands.said("keys", "list")
    assert (account in listed_text, row["key"] in listed_text, max(map(len, listed_text.splitlines())) <= 80) == (
        True,
        True,
        True,
    )
    assert account in await commands.said("keys", "create", code=2)
    other = await commands.said("keys", "create", "--new-account", "Other")
    assert "which was opened for it" in other
    assert account not in other
    assert "There is no key" in await commands.said("keys", "revoke", "key_nothing", code=1)
    assert "is not RESOURCE:ACCESS" in await commands.said("keys", "create", "--permission", "x:y", code=2)


async def test_the_doctor_says_what_is_wrong_in_words(
    commands: Fleet, unused_tcp_port: int, database: str, redis_url: str
) -> None:
    commands.environment["PEASWAP_PORT"] = str(unused_tcp_port)
    right = dict(commands.environment)
    text = await commands.said("doctor")
    looks = ("settings", "port", "Postgres", "schema", "read models", "Redis", "gateway")
    assert [" ".join(line.split()) for line in text.splitlines()] == [*(f"{each} ok" for each in looks), "All is well."]
    away, where = f"127.0.0.1:{unused_tcp_port}", urlsplit(database)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        commands.environment |= {
            "PEASWAP_REDIS_URL": f"redis://{away}",
            "PEASWAP_GATEWAY_URL": f"http://{away}",
            "PEASWAP_RATE_LIMIT": "5",
            "PEASWAP_PORT": str(port),
            "PEASWAP_DATABASE_URL": f"postgresql://nobody@{away}/none",
        }
        text = await commands.said("doctor", code=1)
    for told in (
        f"Redis at {away} does not answer",
        f"gateway at http://{away} does not answer",
        "PEASWAP_RATE_LIMIT is not a setting",
        f"Port {port} on 127.0.0.1 is taken by something that is not this server",
        f"Postgres at {away} does not answer",
        "schema       not looked at",
    ):
        assert told in text, told
    wrong_password = where._replace(netloc=f"{where.username}:wrong@{where.hostname}:{where.port}").geturl()
    empty = where._replace(path="/postgres").geturl()
    nowhere = where._replace(path="/nowhere").geturl()
    redis_wrong = (
        urlsplit(redis_url)._replace(netloc=f":wrong@{urlsplit(redis_url).netloc.rpartition('@')[2]}").geturl()
    )
    for name, value, told in (
        ("PEASWAP_DATABASE_URL", wrong_password, "refuses: password authentication failed"),
        ("PEASWAP_DATABASE_URL", nowhere, 'refuses: database "nowhere" does not exist'),
        ("PEASWAP_DATABASE_URL", empty, "run `./peaswap migrate`"),
        ("PEASWAP_REDIS_URL", redis_wrong, "Check the password in PEASWAP_REDIS_URL"),
        ("PEASWAP_HOST", "192.0.2.1", "where this machine cannot listen"),
        ("PEASWAP_SHARDS", "many", "'many' is not a whole number"),
    ):
        commands.environment = right | {name: value}
        assert told in await commands.said("doctor", code=1), told


@pytest.mark.parametrize("each", DECLARATIONS, ids=[each.name for each in DECLARATIONS])
def test_every_wrong_setting_is_one_clear_line(each: Declaration) -> None:
    name = f"PEASWAP_{each.name}"
    right = {
        "PEASWAP_DATABASE_URL": "postgresql://a/b",
        "PEASWAP_REDIS_URL": "redis://a",
        "PEASWAP_MASTER_KEY": MASTER_KEY,
    }
    # Any text may be a token, and much of it a name of a machine.
    tried = {"GATEWAY_TOKEN": [], "HOST": ["http://[::1", "many words"]}.get(each.name, ["http://[::1", "nan", "-1"])
    for value in tried:
        with pytest.raises(SettingsError) as wrong:
            load_settings(right | {name: value})
        [line] = wrong.value.problems
        assert line.startswith(f"{name}: ")
        assert ("\n" in line, line.endswith("."), " is " in line) == (False, True, True), line
        assert (value in line) != each.secret


@pytest.mark.parametrize("words", [["keys", "list"], ["replay", "cust_1"], ["migrate"], ["doctor"], ["events", "list"]])
def test_without_a_server_it_is_said_what_to_set(words: list[str], tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PEASWAP_")}
    environment = kept | {"PEASWAP_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "services.cli", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == (1 if words == ["doctor"] else 2)
    assert ("./peaswap dev" in said, "PEASWAP_HOME" in said, str(tmp_path) in said) == (True, True, True)
    assert ("PEASWAP_API_KEY" if words[0] == "events" else "PEASWAP_DATABASE_URL") in said


@pytest.mark.parametrize(
    ("to", "zone", "then"),
    [
        ("+1m", "UTC", "2024-02-29T12:00"),
        ("+3m", "UTC", "2024-04-30T12:00"),
        ("+1y", "UTC", "2025-01-31T12:00"),
        ("+2w", "UTC", "2024-02-14T12:00"),
        # Berlin's clocks go forward on 31 March: noon there is an hour earlier then.
        ("+2m", "Europe/Berlin", "2024-03-31T11:00"),
        ("+60d", "Europe/Berlin", "2024-03-31T11:00"),
        ("+36h", "UTC", "2024-02-02T00:00"),
        ("2024-03-01", "UTC", "2024-03-01T00:00"),
    ],
)
def test_a_clock_goes_by_the_calendar(to: str, zone: str, then: str) -> None:
    stands = datetime(2024, 1, 31, 12, tzinfo=UTC)
    assert target(stands, to, zone) == datetime.fromisoformat(f"{then}:00+00:00")
    with pytest.raises(click.BadParameter):
        target(stands, "+1x", zone)


async def test_a_worker_that_cannot_start_ends(commands: Fleet) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        commands.environment |= {"PEASWAP_WORKER_METRICS_PORT": str(taken.getsockname()[1])}
        ended = await asyncio.to_thread(commands.run, "worker")
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr


async def test_the_readme_has_the_table_of_settings(commands: Fleet) -> None:
    table = await commands.said("settings", "--markdown")
    assert table.strip() in (Path(__file__).parents[2] / "README.md").read_text()
    shown = await commands.said("settings")
    assert all(f"PEASWAP_{each.name}\n" in shown for each in DECLARATIONS)
    assert max(len(line) for line in shown.splitlines() if "now: " not in line) <= 80
    assert "(secret), from the environment (required)" in shown
    assert load_settings(commands.environment).master_key.hex() not in shown
    assert commands.environment["PEASWAP_MASTER_KEY"] not in shown


def test_every_command_has_a_page_of_its_own() -> None:
    pages: list[tuple[str, click.Command]] = [("peaswap", main)]
    for name, command in pages:
        assert command.help, name
        if isinstance(command, click.Group):
            context = click.Context(command)
            for each in command.list_commands(context):
                inner = command.get_command(context, each)
                assert inner is not None
                pages.append((f"{name} {each}", inner))
    assert len(pages) > 15
    for name, command in pages:
        help = command.get_help(click.Context(command, info_name=name, terminal_width=80))
        assert not [line for line in help.splitlines() if line.rstrip().endswith("...") and "Usage" not in line], name


def test_help_needs_nothing_but_the_product() -> None:
    """As on the first day, when the packages of the tests are not there yet."""
    product, tests = (_named_in(ROOT / lock) for lock in ("requirements.lock", "tests/requirements.lock"))
    added = [
        module
        for module, owners in packages_distributions().items()
        if not {_normalized(owner) for owner in owners} - (tests - product)
    ]
    assert {"pytest", "playwright", "datamodel_code_generator"} <= set(added)
    blocked = f"import sys; sys.modules.update(dict.fromkeys({added!r}));"
    for words in (["--help"], ["sdks", "--help"]):
        called = f"{blocked} from services.cli.__main__ import main; main({words!r})"
        said = subprocess.run([sys.executable, "-c", called], cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
        assert "Its first use in a clone installs what it needs" in said.stdout


def _named_in(lock: Path) -> set[str]:
    return {_normalized(name) for name in re.findall(r"^([A-Za-z0-9._\-]+)(?:\[[^\]]*\])?==", lock.read_text(), re.M)}


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
