"""A customer's history, a part of it at a time."""

from tests.support.app import RunningApi
from tests.support.browser import signed_in_beside


async def test_a_long_history_is_shown_in_parts(api: RunningApi) -> None:
    customer = (await api.create_customer(name="Ada"))["id"]
    for number in range(44):
        await api.client.put(f"/v1/customers/{customer}", json={"name": f"Ada {number}"})
    here = await signed_in_beside(api)
    at = f"/dashboard/test/customers/{customer}/history"
    await here.open(at)
    assert (here.page.count('<li id="evt_') + here.page.count('<li class="chosen"'), "Older" in here.page) == (40, True)
    assert "After event 45 of 45" in here.page
    await here.open(f"{at}?at=5")
    assert (here.page.count('<li id="evt_') + here.page.count('<li class="chosen"'), "Newer" in here.page) == (5, True)
    assert "After event 5 of 45" in here.page
    assert f"{at}?at=45" in here.page
