"""Webhook endpoints through the API: registration, refusals, secrets that are shown once."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from services.core.outbound import Outbound
from services.core.signing import PREFIX
from tests.support.app import RunningApi, running_api, settings_for
from tests.support.gateway import SimulatorProcess

URL = "https://example.com/hook"
INSIDE = [
    "http://169.254.169.254",
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1",
    "https://127.0.0.1:8443/hook",
    "http://127.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://[::1]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:10.0.0.1]/",
    "http://localhost:3000/hook",
    "http://0.0.0.0",
    "http://10.1.2.3",
    "http://100.64.0.1",
    "http://192.168.0.1",
    "http://[fd00::1]",
    "http://[fe80::1]",
    "http://224.0.0.1",
]
WRONG = [
    "",
    "example.com",
    "ftp://example.com",
    "https://",
    "https://user:secret@example.com/",
    "http://[::1",
    "https://a\tb/",
]


async def _create(api: RunningApi, **fields: Any) -> dict[str, Any]:
    response = await api.client.post("/v1/webhook_endpoints", json={"url": URL, "enabled_events": ["*"], **fields})
    assert response.status_code == 200, response.text
    return response.json()


def _error(response: Any, code: str, param: str) -> None:
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, code, param), response.text


async def test_an_endpoint_lives(api: RunningApi) -> None:
    made = await _create(api, enabled_events=["customer.*", "invoice.paid"], description="Ours", metadata={"team": "a"})
    assert made["id"].startswith("we_")
    assert made["secret"].startswith(PREFIX)
    assert (made["status"], made["enabled_events"]) == ("ENABLED", ["customer.*", "invoice.paid"])
    path = f"/v1/webhook_endpoints/{made['id']}"
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert (await api.client.get(path)).json() == shown
    assert (await api.client.get("/v1/webhook_endpoints")).json()["data"] == [shown]
    changed = (await api.client.post(path, data={"disabled": "true", "enabled_events[0]": "*"})).json()
    assert (changed["status"], changed["enabled_events"], changed["metadata"]) == ("DISABLED", ["*"], {"team": "a"})
    assert (await api.client.put(path, json={"status": "enabled"})).json()["status"] == "ENABLED"
    both = await api.client.post(path, json={"status": "enabled", "disabled": True})
    _error(both, "parameter_invalid", "disabled")
    assert (await api.client.delete(path)).json() == {"id": made["id"], "object": "webhook_endpoint", "deleted": True}
    assert (await api.client.get(path)).status_code == 404
    assert (await api.client.get("/v1/webhook_endpoints")).json()["data"] == []


async def test_unknown_types_are_refused(api: RunningApi) -> None:
    for events in (["customer.made"], ["*", "nobody.*"], ["cust*"]):
        response = await api.client.post("/v1/webhook_endpoints", json={"url": URL, "enabled_events": events})
        _error(response, "event_type_unknown", "enabled_events")
    response = await api.client.post("/v1/webhook_endpoints", json={"url": URL, "enabled_events": []})
    assert response.status_code == 400


async def test_a_secret_is_shown_at_creation_and_rolling_and_stands_nowhere(api: RunningApi) -> None:
    key = {"Idempotency-Key": "hook-1"}
    body = {"url": URL, "enabled_events": ["*"]}
    made = await api.client.post("/v1/webhook_endpoints", json=body, headers=key)
    again = await api.client.post("/v1/webhook_endpoints", json=body, headers=key)
    assert again.json() == made.json()
    path = f"/v1/webhook_endpoints/{made.json()['id']}"
    rolled = (await api.client.post(f"{path}/roll_secret", json={"grace_seconds": 60})).json()
    secrets = [made.json()["secret"], rolled["secret"]]
    assert secrets[0] != secrets[1]
    seen = [(await api.client.get(each)).text for each in (path, "/v1/webhook_endpoints", "/v1/events")]
    tables = ("es.events", "es.idempotency", "rm_objects.objects", "webhooks.endpoints")
    for table in tables:
        rows = await api.engine.store.pool.fetch(f"select row_to_json(t)::text from {table} t")
        seen += [row[0] for row in rows]
    for secret in secrets:
        words = (secret, secret.removeprefix(PREFIX), secret.removeprefix(PREFIX).encode().hex())
        assert not any(word in text for word in words for text in seen)
    events = (await api.client.get("/v1/events", params={"type": "webhook_endpoint.*"})).json()["data"]
    assert [each["type"] for each in events] == ["webhook_endpoint.secret_rolled", "webhook_endpoint.created"]
    assert "secret" not in msgspec.json.encode(events[0]["data"]["object"]).decode()


@pytest.mark.parametrize("livemode", [False, True])
async def test_what_lies_inside_is_refused_at_registration(
    database: str, redis_url: str, gateway: SimulatorProcess, livemode: bool
) -> None:
    strict = settings_for(database, redis_url, gateway, webhooks_allow_loopback="no")
    async with running_api(strict) as api:
        account = await api.open_account()
        key = account.live_key if livemode else account.test_key

        async def ask(method: str, path: str, url: str) -> Any:
            return await api.call(
                method, path, key, json={"url": url, **({"enabled_events": ["*"]} if method == "POST" else {})}
            )

        for url in INSIDE:
            code = "url_invalid" if livemode and url.startswith("http:") else "url_refused"
            _error(await ask("POST", "/v1/webhook_endpoints", url), code, "url")
        for url in WRONG:
            _error(await ask("POST", "/v1/webhook_endpoints", url), "url_invalid", "url")
        made = await ask("POST", "/v1/webhook_endpoints", "https://93.184.216.34/hook")
        assert made.status_code == 200
        _error(
            await ask("PUT", f"/v1/webhook_endpoints/{made.json()['id']}", "https://10.0.0.1/"), "url_refused", "url"
        )


async def test_this_machine_is_allowed_in_test_at_most(api: RunningApi) -> None:
    account = await api.open_account()
    for url in ("https://127.0.0.1/hook", "https://[::1]/hook", "https://localhost/hook", "https://2130706433/"):
        body = {"url": url, "enabled_events": ["*"]}
        assert (await api.call("POST", "/v1/webhook_endpoints", account.test_key, json=body)).status_code == 200
        refused = await api.call("POST", "/v1/webhook_endpoints", account.live_key, json=body)
        _error(refused, "url_refused", "url")


async def test_a_name_that_leads_inside_is_refused_at_registration(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def addresses(self: Outbound, host: str) -> Sequence[str]:
        async def resolve(_host: str) -> Sequence[str]:
            return {"inside.example": ["10.0.0.7"], "both.example": ["8.8.8.8", "10.0.0.7"]}.get(host, ["8.8.8.8"])

        return await real(Outbound(allow_loopback=False, resolve=resolve), host)

    real = Outbound.addresses
    monkeypatch.setattr(Outbound, "addresses", addresses)
    for host in ("inside.example", "both.example"):
        body = {"url": f"https://{host}/hook", "enabled_events": ["*"]}
        _error(await api.client.post("/v1/webhook_endpoints", json=body), "url_refused", "url")
    assert await _create(api, url="https://outside.example/hook")


async def test_the_other_environment_sees_nothing_of_it(api: RunningApi) -> None:
    account = await api.open_account()
    body = {"url": URL, "enabled_events": ["*"]}
    made = (await api.call("POST", "/v1/webhook_endpoints", account.live_key, json=body)).json()
    assert made["livemode"] is True
    for path in (f"/v1/webhook_endpoints/{made['id']}", f"/v1/webhook_endpoints/{made['id']}/deliveries"):
        assert (await api.call("GET", path, account.test_key)).status_code == 404
