"""What `deploy/` says is true: its files can be read, its commands exist, its settings are settings."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from services.cli.__main__ import COMMANDS
from services.core.settings import DECLARATIONS, OTHER_VARIABLES, PREFIX, load_settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROCESSES = {"api", "worker", "scheduler", "migrate"}
REQUIRED = {PREFIX + each.name for each in DECLARATIONS if each.default is None}
MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
METRICS_PORT = "9187"

Tree = dict[str, Any]


def _documents(path: Path) -> list[Tree]:
    return [cast(Tree, each) for each in yaml.safe_load_all(path.read_text())]


def _manifests(kind: str) -> Iterator[Tree]:
    for path in KUBERNETES:
        yield from (each for each in _documents(path) if each["kind"] == kind)


def _container(manifest: Tree) -> Tree:
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    return container


def _lines(unit: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line and line[0] != "#")


def test_every_setting_that_is_named_is_one() -> None:
    known = {PREFIX + each.name for each in DECLARATIONS} | OTHER_VARIABLES
    named: set[str] = set()
    for path in (each for each in DEPLOY.rglob("*") if each.is_file() and each.suffix != ".pyc"):
        if "dev" not in path.relative_to(DEPLOY).parts:
            named |= set(re.findall(r"PEASWAP_[A-Z_]*[A-Z]", path.read_text()))
    assert named
    assert named <= known


def test_the_image_runs_as_nobody_from_the_lock_with_all_that_it_needs() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {source for line in lines if line.startswith("COPY ") for source in line.split()[1:-1]}
    assert all((ROOT / each).exists() for each in copied)
    assert {"eventstore", "services", "projections", "workers", "requirements.lock"} <= copied
    assert any("--require-hashes -r requirements.lock" in line for line in lines)
    assert lines.index("USER 10001") < lines.index('ENTRYPOINT ["python", "-m", "services.cli"]')
    assert 'CMD ["api"]' in lines
    assert any("/healthz" in line for line in lines)
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    assert {each.partition("/")[0] for each in copied} <= allowed


def test_the_image_holds_all_that_its_commands_need(tmp_path: Path) -> None:
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY "):
            *sources, target = line.split()[1:]
            for source in sources:
                place = tmp_path / (source if target == "./" else target)
                place.parent.mkdir(parents=True, exist_ok=True)
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
                else:
                    shutil.copy(ROOT / source, place)
    environment = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    for arguments in (["--help"], *([name, "--help"] for name in sorted(PROCESSES)), ["settings"]):
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_compose_runs_every_process_once_the_database_is_up_to_date() -> None:
    (compose,) = _documents(DEPLOY / "compose.yaml")
    services = compose["services"]
    ours = {name: each for name, each in services.items() if "build" in each}
    assert {tuple(each["command"]) for each in ours.values()} == {(name,) for name in PROCESSES}
    assert set(ours) == PROCESSES
    assert (DEPLOY / ours["api"]["build"]["context"] / ours["api"]["build"]["dockerfile"]).exists()
    for name, each in ours.items():
        assert set(each["environment"]) >= REQUIRED, name
        waits = each["depends_on"]
        assert set(waits) <= set(services)
        if name != "migrate":
            assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert ours["worker"]["environment"]["PEASWAP_WORKER_METRICS_PORT"] == METRICS_PORT
    # What docker would put in: the rest are texts, as the environment gives them.
    filled = {name: re.sub(r"\$\{\w+:\?[^}]*\}", "x", text) for name, text in ours["worker"]["environment"].items()}
    filled = {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text) for name, text in filled.items()}
    assert load_settings(filled | {"PEASWAP_MASTER_KEY": MASTER_KEY}).worker_metrics_port == int(METRICS_PORT)


def test_kubernetes_runs_every_process_with_probes_and_budgets() -> None:
    deployments = {each["metadata"]["name"]: each for each in _manifests("Deployment")}
    jobs = list(_manifests("Job"))
    run = {_container(each)["args"][0] for each in [*deployments.values(), *jobs]}
    assert run == PROCESSES
    assert run <= set(COMMANDS)
    for each in [*deployments.values(), *jobs]:
        pod, container = each["spec"]["template"]["spec"], _container(each)
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["enableServiceLinks"] is False
        assert [each["name"] for each in pod["volumes"]] == [each["name"] for each in container["volumeMounts"]]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert [source for entry in container["envFrom"] for source in entry] == ["configMapRef", "secretRef"]
    api = _container(deployments["peaswap-api"])
    assert api["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert api["readinessProbe"]["httpGet"]["path"] == "/readyz"
    worker = _container(deployments["peaswap-worker"])
    assert str(worker["ports"][0]["containerPort"]) == METRICS_PORT
    for kind in ("PodDisruptionBudget", "Service"):
        for each in _manifests(kind):
            selector = each["spec"]["selector"].get("matchLabels", each["spec"]["selector"])
            assert any(
                selector.items() <= one["spec"]["template"]["metadata"]["labels"].items()
                for one in deployments.values()
            )
    assert {each["metadata"]["name"] for each in _manifests("PodDisruptionBudget")} == set(deployments)


def test_kubernetes_tells_every_process_what_it_must_know() -> None:
    (config,) = _manifests("ConfigMap")
    (secret,) = _manifests("Secret")
    told = config["data"] | secret["stringData"]
    assert set(told) >= REQUIRED
    assert secret["stringData"]["PEASWAP_MASTER_KEY"] == "CHANGE_ME"
    settings = load_settings(told | {"PEASWAP_MASTER_KEY": MASTER_KEY})
    assert settings.worker_metrics_port == int(METRICS_PORT)


def test_systemd_runs_every_process_after_the_migration() -> None:
    run = {unit.name: _lines(unit) for unit in UNITS}
    commands = {name: lines["ExecStart"].split() for name, lines in run.items()}
    assert {words[1] for words in commands.values()} == PROCESSES
    assert all(words[0] == "/opt/peaswap/peaswap" and len(words) == 2 for words in commands.values())
    for name, lines in run.items():
        assert lines["User"] == "peaswap"
        assert lines["StartLimitIntervalSec"] == "0"
        assert lines["EnvironmentFile"] == "/etc/peaswap/peaswap.env"
        if name != "peaswap-migrate.service":
            assert lines["Requires"] == "peaswap-migrate.service"
            assert "peaswap-migrate.service" in lines["After"]
    told = _lines(DEPLOY / "systemd" / "peaswap.env.example")
    assert set(told) >= REQUIRED
    load_settings(told | {"PEASWAP_MASTER_KEY": MASTER_KEY})


def test_every_command_that_the_texts_name_exists() -> None:
    texts = [*DEPLOY.rglob("*.md"), *DEPLOY.rglob("*.sh"), ROOT / "README.md"]
    named = {
        word for path in texts for word in re.findall(r"(?:\./|/opt/peaswap/|`)peaswap ([a-z]+)", path.read_text())
    }
    assert named
    assert named <= set(COMMANDS)
