"""What stands on an invoice on paper: words and figures, in their order. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from services.core.event import ERASED
from services.dashboard.formatting import day, money, words

ERASED_WORDS = "Personal data was erased"
ADDRESS = (("line1",), ("line2",), ("postal_code", "city"), ("state",), ("country",))


class Row(Struct, frozen=True):
    """A line of the invoice; `notes` stand below its description."""

    description: str
    notes: Sequence[str]
    quantity: str
    amount: str


class Sheet(Struct, frozen=True, kw_only=True):
    """`facts` and `totals` are labels with values; the last of the totals is what it all comes to."""

    title: str
    number: str
    seller: str
    customer: Sequence[str]
    facts: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    totals: Sequence[tuple[str, str]]
    remarks: Sequence[str]
    link: str


def sheet_of(
    invoice: Mapping[str, Any], customer: Mapping[str, Any], seller: str, zone: str, *, livemode: bool
) -> Sheet:
    """The sheet of an invoice, both as wire objects; days are those of `zone`."""
    currency = invoice["currency"]
    status = words(invoice["status"])
    return Sheet(
        title="Invoice" if livemode else "Invoice (test)",
        number=invoice["number"],
        seller=seller,
        customer=billed_to(customer),
        facts=[("Status", status), *_dates(invoice, zone)],
        rows=[_row(line, zone) for line in invoice["lines"]["data"]],
        totals=[(label, amount(value, currency)) for label, value in sums(invoice)],
        remarks=[invoice["description"]] if invoice["description"] else [],
        link=invoice["hosted_invoice_url"],
    )


def billed_to(customer: Mapping[str, Any]) -> Sequence[str]:
    """Name, address and e-mail, each on its line; nothing of a customer whose data was erased."""
    if customer["name"] == ERASED:
        return [ERASED_WORDS]
    address: Mapping[str, str | None] = customer["address"] or {}
    lines = (" ".join(address.get(part) or "" for part in parts).strip() for parts in ADDRESS)
    return [each for each in (customer["name"], *lines, customer["email"]) if each]


def sums(invoice: Mapping[str, Any]) -> Sequence[tuple[str, int]]:
    """What the lines add up to, what the balance did to it, what was paid, and what is left to pay."""
    found: list[tuple[str, int]] = [("Total", invoice["total"])]
    if invoice["amount_due"] != invoice["total"]:
        # Credit that was used, or an old debt; credit that the invoice itself made goes to the balance.
        change = invoice["amount_due"] - invoice["total"]
        found.append((_balance_words(invoice, change), change))
        found.append(("Amount due", invoice["amount_due"]))
    if invoice["amount_paid"]:
        found.append(("Paid", -invoice["amount_paid"]))
    return [*found, ("Left to pay", invoice["amount_remaining"])]


def amount(value: int, currency: str) -> str:
    """An amount with its currency's code, where its sign does not hold that already."""
    shown = money(value, currency)
    code = currency.upper()
    return shown if code in shown else f"{shown} {code}"


def _balance_words(invoice: Mapping[str, Any], change: int) -> str:
    if invoice["total"] < 0:
        return "Kept as credit"
    return "Credit used" if change < 0 else "Carried from before"


def _dates(invoice: Mapping[str, Any], zone: str) -> list[tuple[str, str]]:
    start, end = invoice["period_start"], invoice["period_end"]
    dates = [("Issued", invoice["finalized_at"]), ("Due", invoice["due_date"]), ("Paid", invoice["paid_at"])]
    found = [(label, day(at, zone)) for label, at in dates if at is not None]
    return [*found, ("Period", f"{day(start, zone)} – {day(end, zone)}")] if start != end else found


def _row(line: Mapping[str, Any], zone: str) -> Row:
    start, end = line["period"]["start"], line["period"]["end"]
    notes = [f"{day(start, zone)} – {day(end, zone)}"] if start != end else []
    arithmetic = line["arithmetic"]
    if arithmetic and not arithmetic.lstrip("-").isdigit():
        notes.append(arithmetic)
    quantity = "" if line["quantity"] is None else str(line["quantity"])
    return Row(line["description"], notes, quantity, money(line["amount"], line["currency"]))
