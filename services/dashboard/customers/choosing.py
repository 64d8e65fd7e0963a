"""Choosing a customer in a form: by id, or by a name or an address that only one has."""

from services.core.refusal import Invalid
from services.dashboard.asking import Input
from services.dashboard.page import Visit

LATEST = "50"
LOOKED_AT = "10"
PREFIX = "cust_"


async def customer_input(visit: Visit, *, required: bool = True) -> Input:
    """The field: the latest customers to choose from, any other by typing."""
    found = await visit.ask("GET", "/v1/customers", {"limit": LATEST})
    return Input(
        name="customer",
        label="Customer",
        kind="pick",
        value=visit.text("customer"),
        required=required,
        hint="Name, e-mail address or id.",
        options=[(each["id"], f"{each['name']}, {each['email']}") for each in found["data"]],
    )


def began_at(visit: Visit, otherwise: str) -> str:
    """Where a form leads that is not sent: to the page of the customer whom its address names, else to the list."""
    return visit.link(visit.text("customer")) or visit.url(otherwise)


async def chosen_customer(visit: Visit) -> str | None:
    """The id of who was typed, None when nobody was. Raises Invalid unless it is exactly one."""
    typed = visit.typed("customer").strip()
    if not typed or typed.startswith(PREFIX):
        return typed or None
    found = (await visit.ask("GET", "/v1/customers", {"q": typed, "limit": LOOKED_AT}))["data"]
    same = [each for each in found if typed.casefold() in {each["name"].casefold(), each["email"].casefold()}]
    fitting = same or found
    if not fitting:
        raise Invalid("No customer has this name, address or id.", param="customer")
    if len(fitting) > 1:
        raise Invalid("Several customers have this: choose one by the id or the address.", param="customer")
    return fitting[0]["id"]
