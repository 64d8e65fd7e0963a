"""Durable creates over HTTP: ours with everything on, against FastAPI + SQLAlchemy and localstripe, round by round."""

from statistics import median
from typing import Any

from deploy.dev.programs import free_port
from tests.bench.place import Place
from tests.bench.table import Figure

ROUNDS = 3
# Processor time for one answer, and shares of a profile of the API process under this load.
REASON = (
    "one takes 0.27 ms in the one Python process and 0.06 in Postgres, and 64 connections that never pause see a mean "
    "of 17 ms at what that allows; to write the answer takes 26 % of the process, deciding, sealing and encoding the "
    "event 22 (half of that the envelope and the seal), the lane of appends 8, the line of the log 8, reading the "
    "request 6, the rest is the event loop and what calls what"
)
OURS = '{"name": "Ada Lovelace {n}", "email": "ada{n}@example.com", "metadata": {"plan": "pro"}}'
FORM = "name=Ada&email=ada{n}@example.com"


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """Requests per second and the 99th percentile, the median of the rounds."""
    seconds = 2.0 if quick else 5.0
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "fastapi": [], "localstripe": []}
    api = await place.fleet.api()
    await place.load(api.url, "POST", "/v1/customers", OURS, seconds=1.0)
    for _ in range(ROUNDS):
        found["ours"].append(await place.load(api.url, "POST", "/v1/customers", OURS, seconds=seconds))
        if place.python:
            port = free_port()
            serve = (
                "-m",
                "uvicorn",
                "fastapi_create:app",
                "--port",
                str(port),
                "--no-access-log",
                "--log-level",
                "error",
            )
            async with place.peer(*serve, port=port) as url:
                await place.load(url, "POST", "/v1/customers", OURS, seconds=0.5)
                found["fastapi"].append(await place.load(url, "POST", "/v1/customers", OURS, seconds=seconds))
            port = free_port()
            async with place.peer("-m", "localstripe", "--port", str(port), "--from-scratch", port=port) as url:
                found["localstripe"].append(await place.load(url, "POST", "/v1/customers", FORM, seconds=seconds))
    await api.stop()
    rates = {
        name: median(each["requests"] / each["seconds"] for each in rounds) for name, rounds in found.items() if rounds
    }
    p99 = median(each["p99_ms"] for each in found["ours"])
    figures = [
        Figure(
            row="create",
            what="POST /v1/customers, 64 connections, p99",
            figure=f"{p99:.1f} ms",
            goal="< 20 ms",
            reached=p99 < 20,
            reason=REASON,
        )
    ]
    for name, times in (("fastapi", 6), ("localstripe", 100)):
        ratio = rates["ours"] / rates[name] if name in rates else None
        figures.append(
            Figure(
                row="create",
                what="POST /v1/customers, 64 connections",
                figure=f"{rates['ours']:,.0f}/s",
                peer=f"{name} {rates[name]:,.0f}/s" if name in rates else name,
                ratio=ratio,
                goal=f"≥ {times}×",
                reached=None if ratio is None else ratio >= times,
                note=place.no_peers,
                reason=REASON,
            )
        )
    return figures
