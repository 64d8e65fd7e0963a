"""Money by hand: taken, given back, planned and billed, with scripting off; and methods that show as one types."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Meet, Person
from tests.support.app import Account
from tests.support.house import House

AT = "/dashboard/test"


def customer_of(served: House, account: Account, **more: str) -> str:
    """A customer with a Visa by default and a Mastercard besides."""
    body = {"name": "Ada Lovelace", "email": "ada@example.com", **more}
    id = served.call("POST", "/v1/customers", account.test_key, json=body)["id"]
    first, _ = [
        served.call("POST", f"/v1/payment_methods/{name}/attach", account.test_key, json={"customer": id})["id"]
        for name in ("pm_card_visa", "pm_card_mastercard")
    ]
    served.call("PUT", f"/v1/customers/{id}", account.test_key, json={"default_payment_method": first})
    return id


def plan_of(served: House, account: Account, name: str, amount: int) -> str:
    """A monthly price in yen."""
    recurring = {"recurring": {"interval": "MONTH"}, "product_data": {"name": name}}
    body = {"currency": "jpy", "unit_amount": amount, **recurring}
    return served.call("POST", "/v1/prices", account.test_key, json=body)["id"]


def walker(served: House, account: Account, meet: Meet) -> Person:
    """An owner of the account whose browser runs no scripts."""
    return meet(served.session(account, f"walker.{account.id.lower()}@example.com"), java_script_enabled=False)


def go(page: Page, link: str) -> None:
    """Follows a link of the page; what is asked for next is of the page that it leads to."""
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name=link).first.click()


def press(page: Page, button: str) -> None:
    """Sends the form by its button."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=button, exact=True).click()


def act(page: Page, link: str, button: str, **typed: str) -> None:
    """Follows a link of the page, fills fields by their labels and presses the button."""
    go(page, link)
    for label, value in typed.items():
        page.locator("main").get_by_label(label).fill(value)
    press(page, button)


def says(page: Page, text: str) -> None:
    """What the page tells of what was just done."""
    expect(page.locator(".flash").first).to_contain_text(text)


def impossible(person: Person, path: str, *texts: str) -> None:
    """The page says why, asks for nothing, and leads back."""
    page = person.open(path)
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)
    expect(page.locator("main form")).to_have_count(0)
    go(page, "Back")
    expect(page).to_have_url(re.compile(f"{path.rpartition('/')[0]}$"))


def test_a_payment_is_made_by_a_saved_method_without_scripting(served: House, account: Account, meet: Meet) -> None:
    customer_of(served, account)
    person = walker(served, account, meet)
    page = person.open(f"{AT}/payments")
    go(page, "Create payment")
    page.get_by_label("Customer").fill("ada@example.com")
    press(page, "Show saved methods")
    page.get_by_label("Method").select_option("Mastercard ending in 4444")
    page.get_by_label("Amount").fill("25.00")
    page.get_by_label("Capture").select_option("MANUAL")
    with page.expect_navigation():
        page.get_by_label("Amount").press("Enter")
    says(page, "Payment created.")
    expect(page.locator("main")).to_contain_text("Mastercard ending in 4444")
    path = page.url.removeprefix(served.url)
    impossible(person, f"{path}/refund", "Nothing to refund", "is reserved and waits to be captured")
    act(page, "Capture", "Capture", Amount="20.00")
    says(page, "Payment captured.")
    act(page, "Refund", "Refund", Amount="5.00")
    says(page, "Refund created.")
    expect(page.locator(".badge").first).to_have_text("Partly refunded")
    act(page, "Refund", "Refund")
    expect(page.locator(".badge").first).to_have_text("Refunded")
    impossible(person, f"{path}/refund", "Nothing to refund", "All of the $20.00 went back already.")
    impossible(person, f"{path}/capture", "Nothing to capture", "has succeeded")
    impossible(person, f"{path}/cancel", "Nothing to cancel", "cannot be canceled")
    impossible(person, f"{path}/confirm", "Nothing to charge")


def test_a_subscription_in_yen_lives_without_scripting(served: House, account: Account, meet: Meet) -> None:
    customer_of(served, account)
    plans = {name: plan_of(served, account, name, amount) for name, amount in (("Seat", 14_800), ("Desk", 30_001))}
    person = walker(served, account, meet)
    page = person.open(f"{AT}/subscriptions/new")
    page.get_by_label("Customer").fill("Ada Lovelace")
    page.get_by_label("Price").fill("seat")
    page.get_by_label("Quantity").fill("2")
    press(page, "Create subscription")
    says(page, "Subscription created.")
    path = page.url.removeprefix(served.url)
    id = path.rpartition("/")[2]
    impossible(person, f"{path}/resume", "Nothing to resume")
    impossible(person, f"{path}/keep", "Nothing to undo")
    go(page, "Change")
    expect(page.get_by_label("Price")).to_have_value("Seat, ¥14,800 a month")
    page.get_by_label("Price").fill("desk")
    page.get_by_label("Quantity").fill("3")
    press(page, "Preview")
    preview = page.locator("#preview")
    # Two seats go back for what is left of the month, three desks are paid for it, and for the next one.
    lines = [int(re.sub(r"[^\d-]", "", text)) for text in preview.locator("tbody td:last-child").all_inner_texts()]
    assert len(lines) == 3, lines
    assert -29_600 <= lines[0] < -29_500, lines
    assert 89_900 < lines[1] <= lines[2] == 90_003, lines
    expect(preview.locator("tfoot")).to_contain_text(f"¥{sum(lines):,}")
    now: Any = served.call("GET", f"/v1/subscriptions/{id}", account.test_key)
    assert [each["price"]["id"] for each in now["items"]["data"]] == [plans["Seat"]], "a preview changes nothing"
    press(page, "Change now")
    says(page, "Subscription changed.")
    expect(page.locator("main")).to_contain_text("3 × Desk, ¥30,001 a month")
    act(page, "Pause", "Pause")
    says(page, "Subscription paused.")
    impossible(person, f"{path}/pause", "Nothing to pause", "this is paused")
    act(page, "Resume", "Resume")
    says(page, "Subscription resumed.")
    act(page, "Cancel", "Cancel subscription")
    expect(page.locator("main")).to_contain_text("Ends with the current period")
    act(page, "Undo cancellation", "Go on billing")
    says(page, "The subscription goes on.")
    go(page, "Cancel")
    page.get_by_label("When").select_option("now")
    press(page, "Cancel subscription")
    says(page, "Subscription canceled.")
    impossible(person, f"{path}/change", "This subscription has ended")
    impossible(person, f"{path}/cancel", "Nothing to cancel")


def test_what_is_sold_and_billed_is_handled_without_scripting(served: House, account: Account, meet: Meet) -> None:
    customer_of(served, account)
    person = walker(served, account, meet)
    page = person.open(f"{AT}/products")
    act(page, "Create product", "Create product", Name="Workshop")
    says(page, "Product created.")
    product = page.url.removeprefix(served.url)
    go(page, "Create price")
    expect(page.get_by_label("Product")).to_have_value("Workshop")
    page.get_by_label("Amount").fill("150.00")
    page.get_by_label("Billed each").select_option("")
    press(page, "Create price")
    says(page, "Price created.")
    act(page, "Edit", "Save changes", Nickname="Half a day")
    says(page, "Changes saved.")
    impossible(person, f"{product}/delete", "Workshop has prices", "Archive it instead")
    act(page, "Edit", "Save changes", Name="Workshops")
    expect(page.get_by_role("heading", name="Workshops")).to_be_visible()

    for ending in ("Collect", "Void"):
        person.open(f"{AT}/invoices")
        act(page, "Create invoice", "Continue", Customer="ada@example.com")
        page.get_by_label("Or a price").fill("half a day")
        page.get_by_label("Quantity").fill("2")
        press(page, "Add item")
        press(page, "Create draft")
        says(page, "Draft created.")
        path = page.url.removeprefix(served.url)
        impossible(person, f"{path}/pay", "Nothing to collect", "Finalize it first")
        act(page, "Finalize", "Finalize")
        says(page, "Invoice finalized.")
        go(page, "Print")
        expect(page.locator(".sheet")).to_contain_text("$300.00")
        go(page, "Back")
        act(page, ending, "Collect" if ending == "Collect" else "Void invoice")
        says(page, "Invoice paid." if ending == "Collect" else "Invoice voided.")
        impossible(person, f"{path}/pay", "Nothing to collect", "it cannot be paid")
        impossible(person, f"{path}/finalize", "Finalized already")

    person.open(f"{AT}/payment_schedules")
    go(page, "Create schedule")
    page.get_by_label("Customer").fill("ada@example.com")
    page.get_by_label("Total amount").fill("100.00")
    page.get_by_label("First on").fill("2099-01-31T00:00")
    press(page, "Create schedule")
    says(page, "Payment schedule created.")
    expect(page.locator("main")).to_contain_text("$33.34")
    act(page, "Cancel", "Cancel schedule")
    says(page, "Payment schedule canceled.")
    impossible(person, f"{page.url.removeprefix(served.url)}/cancel", "Nothing to cancel")


def test_the_methods_of_a_customer_show_once_it_is_chosen(served: House, account: Account, owner: Person) -> None:
    id = customer_of(served, account, name='Ada "Byron"')
    page = owner.open(f"{AT}/payments")
    page.locator("main").focus()
    page.keyboard.press("c")
    page.get_by_label("Customer").fill("byron")
    # What a browser does when one of the list below the field is chosen.
    option = page.locator(f'#customer-list option[value="{id}"]')
    expect(option).to_have_count(1)
    with page.expect_response(lambda answer: "customer_choice" in answer.url):
        page.get_by_label("Customer").fill(id)
    expect(page.get_by_label("Customer")).to_have_value('Ada "Byron", ada@example.com')
    expect(page.get_by_label("Method").locator("option")).to_have_count(3)
    page.get_by_label("Customer").press("Tab")
    page.keyboard.type("Master")
    page.keyboard.press("Tab")
    page.keyboard.type("12.50")
    page.keyboard.press("Enter")
    says(page, "Payment created.")
    expect(page.locator("main")).to_contain_text("Mastercard ending in 4444")
    expect(page.locator("main")).to_contain_text('Ada "Byron"')
