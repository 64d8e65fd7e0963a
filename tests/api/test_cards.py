"""A card number that reaches the server is refused, and stands afterwards in no table, no queue and no log."""

from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import redis

from services.api.app import OPERATIONS
from tests.support.gateway import SimulatorProcess
from tests.support.models import project_all
from tests.support.processes import Api, fleet

DIGITS = "4242424242424242"
CARD = "4242 4242 4242 4242"
TABLES = """
select format('%I.%I', schemaname, tablename)
  from pg_tables
 where schemaname = 'es'
    or schemaname like 'rm\\_%'
"""


async def _refused_everywhere(api: Api) -> int:
    """A card number in each parameter of each operation, as JSON, as a form and in the query."""
    sent = 0
    for operation in OPERATIONS:
        path = operation.path.replace("{id}", "cust_00000000000000000000")
        kind = operation.body or operation.query
        names = [field.encode_name for field in msgspec.structs.fields(kind)] if kind else ["note"]
        for name in names:
            for method in operation.methods:
                ways: list[dict[str, Any]] = [{"params": {name: f"pay by {CARD}"}}]
                if method != "GET":
                    ways += [{"json": {name: {"inside": [CARD]}}}, {"data": {f"{name}[no {DIGITS}]": "1"}}]
                for way in ways:
                    answer = await api.client.request(method, path, **way)
                    assert answer.status_code == 400, (method, path, way)
                    assert answer.json()["error"]["code"] == "sensitive_data_refused", (method, path, way)
                    sent += 1
    return sent


async def test_no_trace_of_a_card_is_left(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        api = await running.api()
        running.start("worker")
        body = {"name": "Ada", "email": "ada@example.com", "metadata": {"order": "4242-42"}}
        assert (await api.client.post("/v1/customers", json=body)).is_success
        assert await _refused_everywhere(api) > 200
        keyed = await api.client.post("/v1/customers", json=body, headers={"Idempotency-Key": CARD})
        assert keyed.json()["error"]["code"] == "sensitive_data_refused"
        unknown = await api.client.get(f"/v1/customers/{DIGITS}")
        assert unknown.status_code == 404
        await project_all(running.environment)
        connection = await asyncpg.connect(database)
        tables = [row[0] for row in await connection.fetch(TABLES)]
        assert len(tables) > 15
        for table in tables:
            for trace in (DIGITS, CARD, DIGITS.encode().hex(), CARD.encode().hex()):
                found = f"select count(*) from {table} t where t::text like '%' || $1 || '%'"
                assert await connection.fetchval(found, trace) == 0, table
        await connection.close()
        client: Any = redis.Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
        for key in client.scan_iter():
            kept = key + (client.dump(key) or b"")
            assert DIGITS.encode() not in kept
            assert CARD.encode() not in kept
        client.close()
        said = running.logs()
        assert "sensitive" not in said or CARD not in said
        assert DIGITS not in said
        assert CARD not in said
