"""Customers sorted by name, address or age, page by page."""

from typing import Any

import pytest

from tests.support.app import RunningApi

NAMES = ["ada", "Bob", "Čapek", "bob", "Zed", "ada"]


async def _walk(api: RunningApi, limit: int = 2, **query: Any) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        more = {"starting_after": after} if after else {}
        page = (await api.client.get("/v1/customers", params={"limit": limit, **query, **more})).json()
        found += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            return found
        after = page["data"][-1]["id"]


async def test_each_order_is_walked_without_gaps_both_ways(api: RunningApi) -> None:
    made = [await api.create_customer(name=n, email=f"{i}.{n.lower()}@example.com") for i, n in enumerate(NAMES)]
    ids = {each["id"]: each for each in made}
    for sort in ("name", "email", "created"):
        up = await _walk(api, sort=sort, direction="asc")
        down = await _walk(api, sort=sort, direction="desc")
        assert up == down[::-1]
        assert sorted(up) == sorted(ids)
        if sort != "created":
            keys = [ids[id][sort].lower() for id in up]
            assert keys == sorted(keys)
        back = await api.client.get(
            "/v1/customers", params={"sort": sort, "direction": "asc", "limit": 3, "ending_before": up[4]}
        )
        assert [each["id"] for each in back.json()["data"]] == up[1:4]
    assert await _walk(api) == await _walk(api, sort="created", direction="desc")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"sort": "name", "q": "ada"}, "sort"),
        ({"sort": "phone"}, "sort"),
        ({"sort": "name", "starting_after": "cust_x"}, "starting_after"),
        ({"sort": "name", "starting_after": "cust_x", "ending_before": "cust_y"}, "ending_before"),
    ],
)
async def test_what_cannot_be_sorted_is_refused(api: RunningApi, query: dict[str, str], param: str) -> None:
    refused = await api.client.get("/v1/customers", params=query)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
