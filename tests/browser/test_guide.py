"""The guide, walked in a browser; and what goes wrong on the way."""

import re
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect

from tests.browser.conftest import Meet, Person, follow
from tests.support.app import Account
from tests.support.house import House

CUSTOMERS = "/dashboard/test/customers"
PASSWORD = "correct horse battery"


def _create(page: Page, name: str, email: str, phone: str = "") -> None:
    follow(page, page.locator(".side").get_by_role("link", name="Customers"))
    follow(page, page.get_by_role("link", name="Create Customer").first)
    page.locator("main #name").fill(name)
    page.locator("main #email").fill(email)
    page.locator("main #phone").fill(phone)
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_the_guide_is_walked_from_creating_to_deleting(served: House, account: Account, owner: Person) -> None:
    page = owner.open("/dashboard/test")
    _create(page, "John Doe", "john.doe@example.com", "+1234567890")
    _create(page, "Grace Hopper", "grace@example.com")
    follow(page, page.locator(".side").get_by_role("link", name="Customers"))
    table = page.locator("#customers table")
    assert [re.sub(r"[ ↑↓]", "", each) for each in table.locator("thead th").all_inner_texts()] == [
        "Name",
        "Email",
        "Phone",
        "Created",
    ]
    expect(table.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Search", exact=True).press_sequentially("doe")
    expect(page.locator("#customers tbody tr")).to_have_count(1)
    expect(page.locator("#customers")).to_contain_text("+1234567890")
    follow(page, page.get_by_role("link", name="John Doe"))
    page.locator("main #name").fill("John D.")
    follow(page, page.get_by_role("button", name="Save changes"))
    expect(page.get_by_role("heading", name="John D.")).to_be_visible()
    expect(page.locator(".flash")).to_contain_text("Changes saved.")
    id = page.url.rpartition("/")[2]
    payment = {"amount": 2500, "currency": "usd", "customer": id, "description": "Premium subscription"}
    served.call("POST", "/v1/payments", account.test_key, json=payment)
    page.reload()
    tiles = page.locator(".tiles").first
    for label, value in (("Total payments", "1"), ("Total volume", "$25.00"), ("Average transaction", "$25.00")):
        expect(tiles.locator(".tile", has_text=label)).to_contain_text(value)
    expect(tiles).to_contain_text("Last payment")
    page.get_by_role("link", name="Delete customer").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Past payments, invoices and the history stay")
    expect(dialog.get_by_role("link", name="Keep as it is")).to_be_focused()
    follow(page, dialog.get_by_role("button", name="Delete customer"))
    expect(page.locator(".flash")).to_contain_text("Customer deleted")
    expect(page.locator("#customers")).not_to_contain_text("John")
    page.goto(f"{served.url}{CUSTOMERS}/{id}")
    expect(page.locator("main")).to_contain_text("This customer is deleted")
    expect(page.get_by_role("button", name="Save changes")).to_have_count(0)


def test_wrong_input_is_told_beside_the_field_and_nothing_typed_is_lost(owner: Person) -> None:
    page = owner.open(f"{CUSTOMERS}/new")
    page.locator("main #name").fill("Ada Lovelace")
    page.locator("main #email").fill("ada@example")
    page.locator("main #phone").fill("call me")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.locator("#email-note.error")).to_be_visible()
    expect(page.locator("main #name")).to_have_value("Ada Lovelace")
    expect(page.locator("main #phone")).to_have_value("call me")
    page.locator("main #email").fill("ada@example.com")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.locator("#phone-note.error")).to_be_visible()
    page.locator("main #phone").fill("")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    page.go_back()
    page.go_back()
    page.go_forward()
    page.goto(page.url)
    expect(page.get_by_role("heading").first).to_be_visible()


def test_the_second_of_two_tabs_is_told_and_overwrites_nothing_unseen(
    served: House, account: Account, owner: Person
) -> None:
    body = {"name": "Ada", "email": "ada@example.com"}
    id = served.call("POST", "/v1/customers", account.test_key, json=body)["id"]
    one, two = owner.open(f"{CUSTOMERS}/{id}"), owner.context.new_page()
    owner.watch(two)
    two.goto(one.url)
    one.locator("main #email").fill("first@example.com")
    follow(one, one.get_by_role("button", name="Save changes"))
    expect(one.locator(".flash")).to_contain_text("Changes saved.")
    two.locator("main #email").fill("second@example.com")
    two.locator("main #phone").fill("+1 555 0100")
    follow(two, two.get_by_role("button", name="Save changes"))
    told = two.get_by_role("alert")
    expect(told).to_contain_text("Somebody else changed this customer")
    expect(told).to_contain_text("Email is now first@example.com; you typed second@example.com.")
    expect(two.locator("main #phone")).to_have_value("+1 555 0100")
    assert served.call("GET", f"/v1/customers/{id}", account.test_key)["email"] == "first@example.com"
    follow(two, two.get_by_role("button", name="Save changes"))
    expect(two.locator(".flash")).to_contain_text("Changes saved.")
    now = served.call("GET", f"/v1/customers/{id}", account.test_key)
    assert (now["email"], now["phone"]) == ("second@example.com", "+1 555 0100")
    one.reload()
    one.locator("main #name").fill("Ada L.")
    two.locator("main #description").fill("Mathematician")
    follow(two, two.get_by_role("button", name="Save changes"))
    expect(two.locator(".flash")).to_contain_text("Changes saved.")
    follow(one, one.get_by_role("button", name="Save changes"))
    expect(one.locator(".flash")).to_contain_text("Changes saved.")
    now = served.call("GET", f"/v1/customers/{id}", account.test_key)
    assert (now["name"], now["description"]) == ("Ada L.", "Mathematician")


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(served: House, account: Account, meet: Meet) -> None:
    email = f"member.{account.id.lower()}@example.com"
    session = served.session(account, email, "MEMBER", PasswordHasher().hash(PASSWORD))
    person = meet(session)
    page = person.open(f"{CUSTOMERS}/new")
    page.locator("main #name").fill("Ada Lovelace")
    page.locator("main #email").fill("ada@example.com")
    person.context.clear_cookies(name=session["name"])
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.locator("main")).to_contain_text("What you typed is kept")
    page.locator("main #email").fill(email)
    page.locator("main #password").fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Sign in"))
    expect(page.locator("main #name")).to_have_value("Ada Lovelace")
    expect(page.locator("main #email")).to_have_value("ada@example.com")
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    listed = served.call("GET", "/v1/customers", account.test_key)["data"]
    assert [each["name"] for each in listed] == ["Ada Lovelace"]


def test_everything_can_be_done_with_scripting_off(served: House, account: Account, meet: Meet) -> None:
    person = meet(served.session(account, f"plain.{account.id.lower()}@example.com"), java_script_enabled=False)
    page = person.open("/dashboard/test")
    _create(page, "Ada Lovelace", "ada@example.com")
    page.locator("main #phone").fill("+1 555 0100")
    page.locator("summary", has_text="Metadata").click()
    page.get_by_label("Key 1").fill("plan")
    page.get_by_label("Value 1").fill("gold")
    follow(page, page.get_by_role("button", name="Save changes"))
    expect(page.locator(".flash")).to_contain_text("Changes saved.")
    follow(page, page.get_by_role("link", name="History"))
    expect(page.locator(".timeline > li")).to_have_count(2)
    expect(page.locator("#moment")).to_contain_text("gold")
    page.locator("#at").fill("1")
    follow(page, page.get_by_role("button", name="Show"))
    expect(page.locator("#moment")).to_contain_text("After event 1 of 2")
    expect(page.locator("#moment")).not_to_contain_text("gold")
    follow(page, page.locator(".side").get_by_role("link", name="Customers"))
    page.get_by_label("Search", exact=True).fill("love")
    follow(page, page.get_by_role("button", name="Search"))
    follow(page, page.get_by_role("link", name="Ada Lovelace"))
    follow(page, page.get_by_role("link", name="Delete customer"))
    follow(page, page.get_by_role("button", name="Delete customer"))
    expect(page.locator(".flash")).to_contain_text("Customer deleted")


def test_the_keyboard_is_enough(served: House, account: Account, owner: Person) -> None:
    for name in ("Ada", "Grace"):
        body = {"name": name, "email": f"{name.lower()}@example.com"}
        served.call("POST", "/v1/customers", account.test_key, json=body)
    page = owner.open(CUSTOMERS)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ada")).to_be_visible()
    page.go_back()
    page.keyboard.press("/")
    expect(page.locator("[data-seek] input")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("main").focus()
    with page.expect_event("load"):
        page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Create Customer")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Customers")).to_be_visible()
    page.go_forward()
    expect(page.locator("main #name")).to_be_focused()


@pytest.mark.parametrize("scripting", [True, False])
def test_a_change_of_a_subscription_is_seen_before_it_is_made(
    served: House, account: Account, meet: Meet, scripting: bool
) -> None:
    def post(path: str, **body: Any) -> dict[str, Any]:
        return served.call("POST", f"/v1/{path}", account.test_key, json=body)

    clock = post("test_helpers/test_clocks", frozen_time=1_704_067_200)["id"]
    customer = post("customers", name="Ada", email="ada@example.com", test_clock=clock)["id"]
    card = post("payment_methods/pm_card_visa/attach", customer=customer)["id"]
    served.call("PUT", f"/v1/customers/{customer}", account.test_key, json={"default_payment_method": card})
    plans = {
        name: post(
            "prices",
            currency="usd",
            unit_amount=amount,
            recurring={"interval": "MONTH"},
            product_data={"name": name},
        )["id"]
        for name, amount in (("Starter", 1000), ("Team", 2000))
    }
    wanted = {"customer": customer, "price": plans["Starter"], "payment_behavior": "ALLOW_INCOMPLETE"}
    subscription = post("subscriptions", **wanted)["id"]
    # Half of the 31 days of January.
    post(f"test_helpers/test_clocks/{clock}/advance", frozen_time=1_704_067_200 + 31 * 43_200)
    while served.call("GET", f"/v1/test_helpers/test_clocks/{clock}", account.test_key)["status"] != "READY":
        served.run(served.api.attend())
    session = served.session(account, f"plans.{account.id.lower()}@example.com")
    person = meet(session, java_script_enabled=scripting)
    page = person.open(f"/dashboard/test/subscriptions/{subscription}")
    follow(page, page.get_by_role("link", name="Change", exact=True).first)
    page.locator("main #price").fill("team")
    if not scripting:
        follow(page, page.get_by_role("button", name="Preview"))
    preview = page.locator("#preview")
    for text in ("Proration", "-$5.00", "$10.00", "$25.00"):
        expect(preview).to_contain_text(text)
    unchanged = served.call("GET", f"/v1/subscriptions/{subscription}", account.test_key)
    assert unchanged["items"]["data"][0]["price"]["id"] == plans["Starter"]
    follow(page, page.get_by_role("button", name="Change now"))
    expect(page.locator(".flash")).to_contain_text("Subscription changed.")
    expect(page.locator("main")).to_contain_text("$25.00")
    changed = served.call("GET", f"/v1/subscriptions/{subscription}", account.test_key)
    assert changed["items"]["data"][0]["price"]["id"] == plans["Team"]


def test_a_moment_of_the_history_is_shown_while_the_slider_moves(
    served: House, account: Account, owner: Person
) -> None:
    body = {"name": "Ada", "email": "ada@example.com"}
    id = served.call("POST", "/v1/customers", account.test_key, json=body)["id"]
    served.call("PUT", f"/v1/customers/{id}", account.test_key, json={"name": "Ada L."})
    page = owner.open(f"{CUSTOMERS}/{id}/history")
    expect(page.locator("#moment")).to_contain_text("After event 2 of 2")
    page.locator("#at").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#moment")).to_contain_text("After event 1 of 2")
    expect(page.locator("#moment")).to_contain_text("changed since")
    expect(page.locator(".timeline")).to_contain_text("Ada L.")


def test_lists_and_search_answer_while_one_types(served: House, account: Account, owner: Person) -> None:
    ids: list[str] = []
    for address in ("first@example.com", "second@example.com"):
        customer = served.call("POST", "/v1/customers", account.test_key, json={"name": "Ada", "email": address})["id"]
        item = {"customer": customer, "amount": 4200, "currency": "usd"}
        served.call("POST", "/v1/invoice_items", account.test_key, json=item)
        ids.append(served.call("POST", "/v1/invoices", account.test_key, json={"customer": customer})["id"])
    number = served.call("POST", f"/v1/invoices/{ids[1]}/finalize", account.test_key)["number"]
    page = owner.open("/dashboard/test/invoices")
    page.locator("#customer").press_sequentially("ada")
    expect(page.locator("#list")).to_contain_text("Which customer?")
    expect(page.locator("#customer")).to_have_value("ada")
    follow(page, page.locator("#list").get_by_role("link", name="second@example.com"))
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#customer-note")).to_have_text("Ada, second@example.com")
    page.locator("main").focus()
    page.keyboard.press("/")
    page.keyboard.type(number.lower())
    expect(page.locator(".found")).to_contain_text(number)
    page.keyboard.press("ArrowDown")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=number)).to_be_visible()
    page.goto(f"{served.url}/dashboard/test/invoices")
    page.locator("main").focus()
    with page.expect_event("load"):
        page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Create invoice")).to_be_visible()
