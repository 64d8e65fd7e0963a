"""Saved methods in forms: which of a customer's is charged, found while the customer is chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from services.core.refusal import Missing
from services.dashboard.asking import Input
from services.dashboard.choosing import chosen, meant
from services.dashboard.page import Visit

METHODS_SHOWN = "100"
DEFAULT = "The customer's default"


def method_text(method: Mapping[str, Any]) -> str:
    """A method in a few words: Visa ending in 4242."""
    kind: Mapping[str, Any] = method.get("card") or method.get("bank_account") or {}
    brand = str(kind.get("brand") or kind.get("bank_name") or "Account").capitalize()
    return f"{brand} ending in {kind['last4']}" if kind.get("last4") else method["id"]


async def methods_of(visit: Visit, customer: str | None, first: str) -> Sequence[tuple[str, str]]:
    """The saved methods of a customer, to choose from; `first` is what leaving it open means."""
    if customer is None:
        return (("", first),)
    found = await visit.ask("GET", f"/v1/customers/{customer}/payment_methods", {"limit": METHODS_SHOWN})
    return (("", first), *((each["id"], method_text(each)) for each in found["data"]))


async def method_input(visit: Visit, name: str) -> Input:
    """The field for a method: those of the customer whom the field `customer` means so far."""
    customer = await meant(visit, "customer", "customers")
    try:
        options = await methods_of(visit, customer, DEFAULT)
    except Missing:
        customer, options = None, (("", DEFAULT),)
    hint = "" if len(options) > 1 else "No method is saved yet: add one on the customer's page."
    return Input(
        name=name,
        label="Method",
        kind="select",
        options=options,
        value=visit.text(name),
        hint=hint if customer else "Choose the customer, and the saved methods are listed here.",
    )


async def only_looks(visit: Visit) -> bool:
    """Whether nothing is asked for yet but the methods of the customer. Raises Invalid where none is meant."""
    if not visit.typed("look"):
        return False
    await chosen(visit, "customer", "customers")
    return True


class Charged(Struct, frozen=True):
    """What is charged: its id, None where there is none yet, what it is called, and why it is this one."""

    id: str | None
    text: str
    note: str


async def charged(visit: Visit, customer: Mapping[str, Any], method: str | None) -> Charged:
    """What is charged where `method` is named, else the default of the customer."""
    note = "" if method else DEFAULT
    id = method or customer["default_payment_method"]
    if id is None:
        return Charged(None, "None yet", note)
    found = (await visit.desk.shown_many("payment_methods", [id])).get(id)
    return Charged(id, method_text(found) if found else id, note)
