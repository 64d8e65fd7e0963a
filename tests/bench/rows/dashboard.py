"""Pages of the dashboard at a million customers: one at a time, as a person opens them."""

import statistics
import time

import httpx
import redis.asyncio

from projections.registry import PROJECTIONS
from services.billing.users import team
from services.core.engine import Engine
from services.dashboard.guarding import SESSION_COOKIE
from services.dashboard.sessions import Sessions
from tests.bench.place import Place
from tests.bench.rows.customers import load_customers
from tests.bench.table import Figure
from tests.support.browser import envelope_of

GOAL_MS = 150
TIMES = 30
CUSTOMERS = "/dashboard/test/customers"


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """The median and the slowest of thirty openings of each page."""
    size = 10_000 if quick else 1_000_000
    engine = await place.engine()
    api = await place.fleet.api()
    sample = await load_customers(place, engine, size, models=[each.name for each in PROJECTIONS])
    middle = sorted(sample)[len(sample) // 2]
    token = await _session(place, engine)
    paid = await _payments(place, engine, api.url, middle, seconds=2.0 if quick else 30.0)
    figures: list[Figure] = []
    async with httpx.AsyncClient(base_url=api.url, cookies={SESSION_COOKIE: token}, timeout=60) as browser:
        for what, path in (
            ("50 customers", CUSTOMERS),
            ("50 customers from the middle", f"{CUSTOMERS}?after={middle}"),
            ("50 customers by name", f"{CUSTOMERS}?sort=name"),
            ("50 customers by address, from the middle", f"{CUSTOMERS}?sort=email&after={middle}"),
            ("search of a common word", f"{CUSTOMERS}?q=hopper"),
            ("search of three letters", f"{CUSTOMERS}?q=ova"),
            ("search of one customer", f"{CUSTOMERS}?q=turing+{size // 2 + 12}"),
            ("a customer", f"{CUSTOMERS}/{sample[0]}"),
            (f"a customer with {paid:,} payments", f"{CUSTOMERS}/{middle}"),
            ("the form of a payment", "/dashboard/test/payments/new"),
            ("50 payments", "/dashboard/test/payments"),
            ("50 failed payments, of which there are none", "/dashboard/test/payments?status=FAILED"),
            ("Home", "/dashboard/test"),
            ("Home, twelve months", "/dashboard/test?range=12m"),
            ("events", "/dashboard/test/events"),
            ("search everywhere", f"/dashboard/test/search?q=turing+{size // 2 + 12}"),
            ("the system", "/dashboard/test/system"),
        ):
            took: list[float] = []
            sizes: list[int] = []
            for _ in range(TIMES):
                begun = time.perf_counter()
                answer = await browser.get(path)
                took.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == httpx.codes.OK, answer.text
                sizes.append(answer.num_bytes_downloaded)
            median, slowest = statistics.median(took), max(took)
            figures.append(
                Figure(
                    row="dashboard",
                    what=f"{what}, {size:,} customers, slowest of {TIMES}",
                    figure=f"{slowest:.0f} ms (median {median:.0f} ms), {max(sizes) / 1000:.0f} KB",
                    goal=f"< {GOAL_MS} ms",
                    reached=slowest < GOAL_MS,
                )
            )
    await api.stop()
    await engine.store.close()
    return figures


async def _payments(place: Place, engine: Engine, url: str, customer: str, seconds: float) -> int:
    """Lets a customer pay for so long; returns how often that was."""
    body = f'{{"amount": 2500, "currency": "usd", "customer": "{customer}", "description": "Premium subscription"}}'
    made = await place.load(url, "POST", "/v1/payments", body, connections=16, seconds=seconds)
    await place.catch_up(engine)
    return made["requests"]


async def _session(place: Place, engine: Engine) -> str:
    envelope = await envelope_of(engine, place.fleet.account)
    user = await team.invite(engine, envelope, email="owner@example.com", name="Owner", role="OWNER")
    client = redis.asyncio.Redis.from_url(place.fleet.environment["PEASWAP_REDIS_URL"])  # pyright: ignore[reportUnknownMemberType]
    try:
        return (await Sessions(client).begin(user.id, user.epoch)).token
    finally:
        await client.aclose()
