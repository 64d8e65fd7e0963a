"""Paths and what serves them."""

from typing import Any

import pytest

from services.api.app import OPERATIONS
from services.api.table import Table
from tests.support.app import RunningApi

PATHS = ("/v1/x", "/v1/x/{id}", "/v1/x/search", "/v1/x/{id}/y", "/v1/x/{id}/y/{other}", "/v1/x/search/z")


@pytest.mark.parametrize(
    ("path", "found", "ids"),
    [
        ("/v1/x", "/v1/x", {}),
        ("/v1/x/", "/v1/x", {}),
        ("/v1/x/search", "/v1/x/search", {}),
        ("/v1/x/1", "/v1/x/{id}", {"id": "1"}),
        # A word goes before an id, but not where it leads nowhere.
        ("/v1/x/search/y", "/v1/x/{id}/y", {"id": "search"}),
        ("/v1/x/search/z", "/v1/x/search/z", {}),
        ("/v1/x/1/y/2", "/v1/x/{id}/y/{other}", {"id": "1", "other": "2"}),
    ],
)
def test_a_path_has_one_endpoint(path: str, found: str, ids: dict[str, str]) -> None:
    endpoints: Any = {each: each for each in PATHS}
    assert Table(endpoints).find(path) == (found, ids)


@pytest.mark.parametrize(
    "path", ["", "/", "/v1", "/v1/x//y", "/v1/y", "/v1/x/1/2", "/v1/x/1/y/2/3", "/id", "/v1/x/1/end"]
)
def test_other_paths_have_none(path: str) -> None:
    endpoints: Any = {each: each for each in PATHS}
    assert Table(endpoints).find(path) is None


async def test_every_operation_is_reached_by_its_path(api: RunningApi) -> None:
    for operation in OPERATIONS:
        path = operation.path.replace("{id}", "nothing")
        answer = await api.client.request("TRACE", path)
        assert answer.status_code == 405, operation.path
        assert operation.methods[0] in answer.headers["allow"]
        assert answer.headers["request-id"].startswith("req_")
    assert (await api.client.get("/v1/nothing/of/the/kind")).status_code == 404
