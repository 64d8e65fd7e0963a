"""Every route with every kind of key. The table of operations is the list of routes: a new one cannot be forgotten."""

from datetime import timedelta

import pytest

from services.api.app import OPERATIONS
from services.core.operation import Operation
from tests.support.app import Account, RunningApi, make_key, running_api, settings_for
from tests.support.desk import LateClock
from tests.support.gateway import SimulatorProcess
from tests.support.processes import until

ROUTES = [(operation, method) for operation in OPERATIONS for method in operation.methods]
NAMES = [f"{method} {operation.path}" for operation, method in ROUTES]


def _path(operation: Operation) -> str:
    return operation.path.replace("{id}", "cust_00000000000000000000")


@pytest.fixture
async def account(api: RunningApi) -> Account:
    return await api.open_account()


async def _refusals(api: RunningApi, key: str) -> dict[str, tuple[int, str]]:
    """What each route answers to this key: status and type of the error."""
    found: dict[str, tuple[int, str]] = {}
    for (operation, method), name in zip(ROUTES, NAMES, strict=True):
        response = await api.client.request(
            method, _path(operation), headers=[(b"Authorization", f"Bearer {key}".encode("latin-1"))]
        )
        error = response.json().get("error", {})
        found[name] = (response.status_code, error.get("type", ""))
        assert response.headers["request-id"].startswith("req_")
    return found


@pytest.mark.parametrize("key", ["", "sk_test_unknown", "sk_live_" + "0" * 32, "nonsense", "Ünïcode", "x" * 2000])
async def test_a_key_that_is_not_known_opens_nothing(api: RunningApi, key: str) -> None:
    found = await _refusals(api, key)
    assert found == dict.fromkeys(NAMES, (401, "authentication_error"))


async def test_no_key_at_all_opens_nothing(api: RunningApi) -> None:
    for operation, method in ROUTES:
        response = await api.client.request(method, _path(operation), headers={"Authorization": ""})
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")


async def test_an_expired_key_opens_nothing(api: RunningApi, account: Account) -> None:
    past = api.engine.clock.now() - timedelta(seconds=1)
    key = await make_key(api.engine, account.id, expires_at=past)
    assert await _refusals(api, key) == dict.fromkeys(NAMES, (401, "authentication_error"))


async def test_a_revoked_key_stops_in_a_moment(api: RunningApi, account: Account) -> None:
    key = await make_key(api.engine, account.id, id="key_revoked")
    assert (await api.call("GET", "/v1/customers", key)).status_code == 200
    revoked = await api.call("POST", "/v1/api_keys/key_revoked/revoke", account.test_key)
    assert revoked.status_code == 200

    async def refused() -> bool | None:
        return True if (await api.call("GET", "/v1/customers", key)).status_code == 401 else None

    await until(refused)
    assert await _refusals(api, key) == dict.fromkeys(NAMES, (401, "authentication_error"))


async def test_a_restricted_key_is_told_which_permission_it_lacks(api: RunningApi, account: Account) -> None:
    key = await make_key(api.engine, account.id, permissions={})
    for operation, method in ROUTES:
        response = await api.client.request(method, _path(operation), headers={"Authorization": f"Bearer {key}"})
        error = response.json()["error"]
        assert (response.status_code, error["type"]) == (403, "permission_error")
        assert operation.needs in error["message"]


async def test_a_reading_key_cannot_write(api: RunningApi, account: Account) -> None:
    resources = {operation.needs.partition(":")[0] for operation in OPERATIONS}
    key = await make_key(api.engine, account.id, permissions=dict.fromkeys(resources, "read"))
    found = await _refusals(api, key)
    for (operation, _), name in zip(ROUTES, NAMES, strict=True):
        assert (found[name][0] == 403) == operation.needs.endswith(":write"), name


async def test_an_object_of_another_account_does_not_exist(api: RunningApi, account: Account) -> None:
    customer = await api.create_customer()
    for operation, method in ROUTES:
        if operation.path.startswith("/v1/customers/{id}"):
            fields = () if operation.body is None else operation.body.__struct_fields__
            body = {"json": {"name": "Eve"}} if "name" in fields else {}
            path = operation.path.replace("{id}", customer["id"])
            if operation.path.endswith("explain"):
                path += "?currency=usd"
            response = await api.call(method, path, account.test_key, **body)
            assert response.status_code == 404, (method, path, response.text)
            assert response.json()["error"]["code"] == "resource_missing"
    assert (await api.client.get(f"/v1/customers/{customer['id']}")).json() == customer


async def test_the_other_environment_is_named(api: RunningApi, account: Account) -> None:
    made = await api.call("POST", "/v1/customers", account.test_key, json={"name": "Ada", "email": "ada@example.com"})
    response = await api.call("GET", f"/v1/customers/{made.json()['id']}", account.live_key)
    assert response.status_code == 404
    assert "exists in test, but this key is for live" in response.json()["error"]["message"]


async def test_basic_authentication_works_too(api: RunningApi, account: Account) -> None:
    response = await api.client.get("/v1/customers", auth=(account.test_key, ""))
    assert response.status_code == 200


async def test_a_rolled_key_works_on_for_its_grace_time(
    database: str, redis_url: str, gateway: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = LateClock()
    monkeypatch.setattr("services.api.house.SystemClock", lambda: clock)
    async with running_api(settings_for(database, redis_url, gateway)) as api:
        account = await api.open_account()
        old = await make_key(api.engine, account.id, id="key_rolled")
        assert (await api.call("GET", "/v1/customers", old)).status_code == 200
        grace = {"grace_seconds": 3600}
        rolled = await api.call("POST", "/v1/api_keys/key_rolled/roll", account.test_key, json=grace)
        new = rolled.json()["secret"]
        assert (await api.call("GET", "/v1/customers", new)).status_code == 200
        assert (await api.call("GET", "/v1/customers", old)).status_code == 200
        clock.late = timedelta(seconds=3601)

        async def refused() -> bool | None:
            return True if (await api.call("GET", "/v1/customers", old)).status_code == 401 else None

        # The ring hears of the roll a moment after it.
        await until(refused)
        assert (await api.call("GET", "/v1/customers", new)).status_code == 200


async def test_a_restricted_key_cannot_make_a_stronger_one(api: RunningApi, account: Account) -> None:
    weak = await make_key(api.engine, account.id, permissions={"api_keys": "write", "customers": "read"})
    everything = await api.call("POST", "/v1/api_keys", weak, json={})
    more = await api.call("POST", "/v1/api_keys", weak, json={"permissions": {"customers": "write"}})
    same = await api.call("POST", "/v1/api_keys", weak, json={"permissions": {"customers": "read"}})
    assert [everything.status_code, more.status_code, same.status_code] == [403, 403, 200]
    assert same.json()["secret"].startswith("rk_test_")
    shown = await api.call("GET", f"/v1/api_keys/{same.json()['id']}", account.test_key)
    assert "secret" not in shown.json()
