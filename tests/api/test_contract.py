"""The document at /openapi.json is what the server does: no server error, no undocumented answer, whatever is sent."""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.support.gateway import SimulatorProcess
from tests.support.processes import fleet

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES_EACH = 12
# On a quiet machine it takes one minute.
SECONDS_MAX = 3_600


async def test_whatever_is_sent_is_answered_as_documented(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        running.environment |= {"PEASWAP_RATE_LIMIT_PER_SECOND": "0"}
        api = await running.api()
        running.start("worker")
        running.start("scheduler")
        arguments = [
            "run",
            f"{api.url}/openapi.json",
            f"--header=Authorization: Bearer {running.key}",
            f"--checks={CHECKS}",
            "--phases=examples,coverage,fuzzing",
            f"--max-examples={EXAMPLES_EACH}",
            "--seed=1",
            "--no-color",
            "--continue-on-failure",
        ]
        done = await asyncio.to_thread(
            subprocess.run,
            [str(Path(sys.executable).parent / "schemathesis"), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
        listed = sum(len(methods) for methods in (await api.client.get("/openapi.json")).json()["paths"].values())
        assert f"Tested: {listed}" in done.stdout
        assert "Traceback" not in running.logs()
