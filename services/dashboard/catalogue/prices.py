"""Prices: the list, one with its tiers, making and changing one. Amount and interval never change."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Invalid
from services.dashboard.asking import Input, Question, answered, asking, currency_input, whole_number
from services.dashboard.catalogue.products import TABS
from services.dashboard.catalogue.words import amount_text, interval_text, price_name, price_text
from services.dashboard.choosing import chosen, pick
from services.dashboard.formatting import NotAnAmount, amount_of
from services.dashboard.forms import once
from services.dashboard.listing import Column, Filter, Listing, page_of
from services.dashboard.page import Page, Visit

URL = "/v1/prices"
READ, WRITE = "prices:read", "prices:write"
TIER_PARTS_MAX = 3
INTERVALS = (("MONTH", "Month"), ("YEAR", "Year"), ("WEEK", "Week"), ("DAY", "Day"), ("", "Never: paid once"))


def _row(row: Mapping[str, Any], _now: int) -> Mapping[str, Any]:
    product = row["product"]
    return {
        "name": price_name(row) or (product if isinstance(product, str) else product["id"]),
        "amount": amount_text(row) + interval_text(row["recurring"]),
        "state": "ACTIVE" if row["active"] else "ARCHIVED",
    }


LIST = Listing(
    path="/prices",
    url=URL,
    title="Products & prices",
    capability="prices",
    columns=(
        Column(name="name", label="Name"),
        Column(name="state", label="State", kind="status"),
        Column(name="amount", label="Price"),
        Column(name="lookup_key", label="Lookup key", kind="code", more=True),
        Column(name="created", label="Created", kind="day", more=True),
    ),
    nothing="A price belongs to a product. Create the product first, then its price.",
    filters=(
        Filter(name="active", label="State", options=(("true", "Active"), ("false", "Archived"))),
        Filter(name="product", label="Product", of="products"),
        Filter(name="currency", label="Currency", placeholder="USD"),
    ),
    create=("Create price", "/prices/new"),
    row=_row,
    expand=("data.product",),
    tabs=TABS,
)


async def shown(visit: Visit) -> Sent:
    """A price, and its tiers where it has some."""
    price = await _price(visit)
    product = await visit.desk.shown("products", price["product"])
    return visit.render(
        "catalogue/price.html",
        price=price,
        product=product.view,
        text=price_text({**price, "nickname": None}),
        may_write=visit.may(WRITE),
    )


async def _price(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("prices", visit.ids["id"])).view


async def ask_new(visit: Visit) -> Question:
    """A new price, of the product that the address may name."""
    return Question(
        title="Create price",
        label="Create price",
        back=visit.link(visit.text("product")) or visit.url("/prices"),
        trail=(("Prices", visit.url("/prices")),),
        inputs=(
            await pick(visit, "product", "products", "Product", value=visit.text("product")),
            Input(name="unit_amount", label="Amount", kind="money", hint="Such as 20.00; leave it empty for tiers."),
            currency_input(visit),
            Input(name="interval", label="Billed each", kind="select", options=INTERVALS, value="MONTH"),
            Input(
                name="interval_count", label="Every", kind="number", value="1", beside=True, hint="2: every other one."
            ),
            Input(
                name="nickname",
                label="Nickname",
                hint="Tells it from other prices of the product; it stands on invoices.",
            ),
            Input(
                name="tiers",
                label="Tiers",
                kind="code",
                hint="One a line: up to, amount per unit, flat amount. The last begins with inf, as in: inf 2.50 10.00",
            ),
            Input(
                name="tiers_mode",
                label="How tiers count",
                kind="select",
                options=(
                    ("GRADUATED", "Graduated: each unit by its own tier"),
                    ("VOLUME", "Volume: all units by the last tier"),
                ),
            ),
            Input(name="lookup_key", label="Lookup key", hint="Another name by which the API finds it."),
            Input(name="id", label="ID", hint="Empty: one is made. It never changes."),
        ),
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Creates a price."""
    wanted: dict[str, Any] = {**answered(visit, question), "product": await chosen(visit, "product", "products")}
    interval, count = wanted.pop("interval", None), wanted.pop("interval_count", "1")
    mode, typed = wanted.pop("tiers_mode", "GRADUATED"), wanted.pop("tiers", None)
    if interval:
        wanted["recurring"] = {"interval": interval, "interval_count": count}
    if typed:
        tiers = tiers_of(typed, wanted.get("currency", ""))
        wanted |= {"billing_scheme": "TIERED", "tiers_mode": mode, "tiers": tiers}
    made = await visit.ask("POST", URL, wanted, key=once(visit))
    return await visit.redirect(f"/prices/{made['id']}", "Price created.")


def tiers_of(text: str, currency: str) -> Sequence[Mapping[str, str]]:
    """The tiers that were typed, one a line. Raises Invalid."""
    found: list[Mapping[str, str]] = []
    for line in text.splitlines():
        parts = line.replace(";", " ").split()
        if not parts:
            continue
        if len(parts) > TIER_PARTS_MAX:
            raise Invalid(f"A tier has three parts at most: '{line.strip()}'.", param="tiers")
        try:
            amounts = [str(amount_of(part, currency)) for part in parts[1:]]
        except NotAnAmount as refused:
            raise Invalid(f"'{line.strip()}': {refused}", param="tiers") from None
        names = ("unit_amount", "flat_amount")
        # The last tier is the one without a limit.
        limit = {} if parts[0].lower() == "inf" else {"up_to": whole_number(parts[0], "tiers")}
        found.append({**limit, **dict(zip(names, amounts, strict=False))})
    return found


async def ask_edit(visit: Visit) -> Question:
    """What can be changed of a price: not what it costs."""
    price = await _price(visit)
    product = (await visit.desk.shown("products", price["product"])).view
    back = visit.url(f"/prices/{price['id']}")
    return Question(
        title="Edit price",
        label="Save changes",
        back=back,
        trail=(("Prices", visit.url("/prices")), (price_text({**price, "product": product}), back)),
        note="What it costs and how often never changes: make a new price for that.",
        inputs=(
            Input(
                name="nickname",
                label="Nickname",
                value=price["nickname"] or "",
                hint="Tells it from other prices of the product; it stands on invoices.",
            ),
            Input(
                name="lookup_key",
                label="Lookup key",
                value=price["lookup_key"] or "",
                hint="Another name by which the API finds it.",
            ),
            Input(
                name="active",
                label="Active",
                kind="check",
                value="1" if price["active"] else "",
                hint="What is archived cannot be sold anew; what runs goes on.",
            ),
        ),
    )


async def edit(visit: Visit, question: Question) -> Sent:
    """Saves the changes."""
    texts = {name: visit.typed(name).strip() for name in ("nickname", "lookup_key")}
    wanted = {**answered(visit, question), **texts}
    await visit.ask("POST", f"{URL}/{visit.ids['id']}", wanted, key=once(visit))
    return await visit.redirect(f"/prices/{visit.ids['id']}", "Changes saved.")


PAGES = (
    page_of(LIST),
    asking("/prices/new", WRITE, ask_new, create),
    Page(path="/prices/{id}", get=shown, needs=READ, capability="prices"),
    asking("/prices/{id}/edit", WRITE, ask_edit, edit),
)
