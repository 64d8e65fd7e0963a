"""Commands that use the API over HTTP, run as a person would run them."""

import asyncio
import csv
import json
import sys
from collections.abc import AsyncGenerator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe
from click.testing import CliRunner
from standardwebhooks.webhooks import Webhook

from projections.event_feed.published import TYPES
from services.cli.export import export
from services.cli.recipes import RECIPES, Recipe
from services.cli.remote import Remote
from services.cli.stage import Stage
from services.cli.trigger import seen
from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, Fleet, fleet, until
from tests.support.receiver import Received, Reply, receiver

# What cannot happen in test mode, or needs an endpoint of somebody's own.
# Clocks move as fast as workers work; on a busy machine that is slowly.
PATIENT_SECONDS = 300.0
UNTRIGGERED = ("webhook_endpoint.",)


class Shell:
    """A fleet with everything that runs in production, and a shell in which PEASWAP_URL and key are set."""

    def __init__(self, running: Fleet, api: Api) -> None:
        self.running = running
        self.api = api

    async def run(self, *words: str, status: int = 0) -> str:
        """What a command prints; it must end with this status."""
        done = await asyncio.to_thread(self.running.run, *words)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + (done.stderr if status else "")

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.api.client.post(path, json=body)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()


@pytest.fixture
async def shell(database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path) -> AsyncGenerator[Shell]:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        api = await running.api()
        running.start("worker")
        running.start("scheduler")
        await api.worked_for()
        home = {"PEASWAP_HOME": str(tmp_path / "home"), "PEASWAP_URL": api.url, "PEASWAP_API_KEY": running.key}
        running.environment |= home
        yield Shell(running, api)


async def test_every_type_of_event_can_be_triggered(shell: Shell) -> None:
    remote = Remote(shell.api.url, shell.running.key)
    # What several types are triggered by is done once.
    types: dict[Recipe, list[str]] = {}
    for type in TYPES:
        if not type.startswith(UNTRIGGERED):
            types.setdefault(RECIPES[type], []).append(type)

    def trigger(recipe: Recipe, leads_to: list[str]) -> None:
        about = recipe(Stage(remote, PATIENT_SECONDS))
        for type in leads_to:
            assert seen(remote, type, about, PATIENT_SECONDS)["data"]["object"]["id"]

    await asyncio.gather(*(asyncio.to_thread(trigger, recipe, leads_to) for recipe, leads_to in types.items()))
    remote.close()
    said = await shell.run("trigger", "payment.captured")
    assert "payment.captured" in said
    assert said.split()[2].startswith("evt_")
    assert (await shell.run("trigger")).split() == [type for type in RECIPES if type in TYPES]
    assert "cannot be triggered" in await shell.run("trigger", "webhook_endpoint.created", status=2)
    assert "no type of event" in await shell.run("trigger", "payment.eaten", status=2)
    live = "sk_live_" + "0" * 32
    assert "Only in test mode" in await shell.run("trigger", "payment.created", "--key", live, status=2)

    lines = (await shell.run("events", "list", "--type", "payment.captured", "--json")).splitlines()
    assert [json.loads(each)["type"] for each in lines] == ["payment.captured"] * 2
    newest = json.loads(lines[-1])
    assert newest["id"] == said.split()[2]
    assert json.loads(await shell.run("events", "show", newest["id"])) == newest
    shown = await shell.run("events", "list", "--object", newest["data"]["object"]["id"])
    assert [each.split()[3] for each in shown.splitlines()] == [
        "payment.created",
        "payment.captured",
        "payment.succeeded",
    ]
    assert "no type of event" in (await shell.run("events", "list", "--type", "x", status=1)).lower()
    assert "is not known" in await shell.run("events", "list", "--key", "sk_test_wrong", status=1)
    assert "Nothing answers" in await shell.run("events", "list", "--url", "http://127.0.0.1:9", status=1)


async def test_events_are_forwarded_as_they_come_and_signed(shell: Shell, tmp_path: Path) -> None:
    await shell.post("/v1/customers", {"name": "Before", "email": "before@example.com"})
    async with receiver() as receiving:
        target = receiving.url().removeprefix("http://")
        words = ["listen", "--forward-to", target, "--events", "customer.*", "--stop-after", "3"]
        listening = shell.running.start_command(*words)
        await until(lambda: _said(listening.log, "Listening"))
        made = await shell.post("/v1/customers", {"name": "Ada", "email": "ada@example.com"})
        await shell.post("/v1/products", {"name": "Unheard"})
        path = f"/v1/customers/{made['id']}"
        await shell.post(path, {"name": "Grace"})
        await receiving.count(2)
        receiving.behaviours["/hook"] = _fails
        await shell.post(path, {"name": "Alan"})
        got = await receiving.count(3)
        await asyncio.to_thread(listening.wait)
    said = listening.log.read_text()
    secret = (tmp_path / "home" / "listen.secret").read_text()
    assert secret in said
    assert (said.count("-->"), said.count("<-- 200"), said.count("<-- 500")) == (3, 2, 1)
    names = [each.event["data"]["object"]["name"] for each in got]
    assert names == ["Ada", "Grace", "Alan"]
    for each in got:
        headers, body = each.headers, each.body
        verified: Any = Webhook(secret).verify(body, headers)
        assert verified["id"] == headers["webhook-id"]
        signature = headers["peaswap-signature"]
        event: Any = stripe.Webhook.construct_event(body.decode(), signature, secret)  # pyright: ignore[reportUnknownMemberType]
        assert event["id"] == verified["id"]
        with pytest.raises(Exception, match="signature"):
            Webhook(secret).verify(body.replace(b"customer", b"costumer"), headers)
    first = got[0].event
    assert (await shell.api.client.get(f"/v1/events/{first['id']}")).json() == first


async def test_exports_hold_what_the_api_answers(shell: Shell, tmp_path: Path) -> None:
    people = [{"name": f"Ada, {n}", "email": f"a{n}@example.com", "metadata": {"n": str(n)}} for n in range(205)]
    await asyncio.gather(*(shell.post("/v1/customers", each) for each in people))
    payment = await shell.post("/v1/payments", {"amount": 900, "currency": "usd"})
    listed = await until(lambda: _all(shell, len(people)))
    files = {form: tmp_path / f"customers.{form}" for form in ("jsonl", "csv", "parquet")}
    for form, file in files.items():
        await shell.run("export", "customers", "--format", form, "--output", str(file))
    assert [json.loads(line) for line in files["jsonl"].read_text().splitlines()] == listed
    with files["csv"].open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["name"] for row in rows] == [each["name"] for each in listed]
    assert [json.loads(row["metadata"]) for row in rows] == [each["metadata"] for each in listed]
    assert (rows[0]["phone"], rows[0]["delinquent"], int(rows[0]["created"])) == ("", "false", listed[0]["created"])
    parquet: Any = import_module("pyarrow.parquet")
    typed: list[dict[str, Any]] = parquet.read_table(str(files["parquet"])).to_pylist()
    assert [row["created"] for row in typed] == [each["created"] for each in listed]
    assert (typed[0]["phone"], typed[0]["delinquent"], typed[0]["balance"]) == (None, False, 0)
    for kind in ("payments", "invoices", "subscriptions", "events"):
        printed = (await shell.run("export", kind, "--format", "jsonl")).splitlines()
        assert all(json.loads(line)["object"] == kind.removesuffix("s") for line in printed)
        if kind == "payments":
            assert [json.loads(line) for line in printed] == [payment]
        assert shell.running.key not in "".join(printed)
    assert not list(tmp_path.glob("*.part"))
    none = await shell.run("export", "events", "--format", "csv", "--created-before", "1")
    assert none.splitlines() == ["id,object,type,created,livemode,position,api_version,data,request"]


def test_parquet_without_pyarrow_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    file = tmp_path / "payments.parquet"
    words = ["payments", "--format", "parquet", "-o", str(file), "--url", "http://127.0.0.1:9", "--key", "sk_test_1"]
    done = CliRunner().invoke(export, words)
    assert (done.exit_code, "-r deploy/export.lock" in done.output) == (1, True)
    assert not file.exists()


async def _all(shell: Shell, count: int) -> list[dict[str, Any]] | None:
    """Every customer as the list has them, once it has all of them."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = (await shell.api.client.get("/v1/customers", params={"limit": 100, **after})).json()
        found += page["data"]
        if not page["has_more"]:
            return found if len(found) == count else None
        after = {"starting_after": found[-1]["id"]}


async def _said(log: Path, word: str) -> bool | None:
    return True if word in log.read_text() else None


async def _fails(_received: Received) -> Reply:
    return Reply(status=500)
