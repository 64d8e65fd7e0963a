"""What forms ask only sometimes, and what asks once more, where scripting is off."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.support.app import Account
from tests.support.house import House

AT = "/dashboard/test"


def test_methods_and_keys_are_made_without_scripting(served: House, account: Account, meet: Meet) -> None:
    session = served.session(account, f"quiet.{account.id.lower()}@example.com")
    person = meet(session, java_script_enabled=False)
    body = {"name": "Ada", "email": "ada@example.com"}
    customer = f"{AT}/customers/{served.call('POST', '/v1/customers', account.test_key, json=body)['id']}"
    page = person.open(customer)
    page.get_by_role("link", name="Add method").click()
    expect(page.locator("#token")).to_be_hidden()
    page.select_option("#test", label="A token of the gateway")
    page.get_by_role("button", name="Add method").click()
    expect(page.locator("#token-note.error")).to_be_visible()
    page.select_option("#test", label="Visa that pays")
    page.get_by_role("button", name="Add method").click()
    expect(page.locator(".lines")).to_contain_text("Visa ending in 4242 Default")
    page.get_by_role("link", name="Visa ending in 4242", exact=True).click()
    page.get_by_role("link", name="Remove method").click()
    page.get_by_role("link", name="Keep as it is").click()
    expect(page).to_have_url(served.url + customer)

    person.open(f"{AT}/api_keys/new")
    expect(page.locator("#may_customers")).to_be_hidden()
    page.select_option("#kind", "restricted")
    page.select_option("#may_customers", "read")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator(".secret")).to_contain_text("rk_test_")
    page.get_by_role("link", name="I have it").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"Customers\s*Read"))
