"""Products: the list, one with its prices, making, changing and deleting one."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.dashboard.asking import Input, Question, answered, asking, unless
from services.dashboard.catalogue.words import price_text
from services.dashboard.forms import once
from services.dashboard.listing import Column, Filter, Listing, page_of
from services.dashboard.page import Page, Visit

URL = "/v1/products"
READ, WRITE = "products:read", "products:write"
PRICES_SHOWN = "100"
TABS = (("Products", "/products"), ("Prices", "/prices"))

LIST = Listing(
    path="/products",
    url=URL,
    title="Products & prices",
    capability="products",
    columns=(
        Column(name="name", label="Name"),
        Column(name="state", label="State", kind="status"),
        Column(name="description", label="Description", more=True),
        Column(name="created", label="Created", kind="day"),
    ),
    nothing="A product is what you sell; its prices say how much it costs and how often. Begin with a product.",
    filters=(Filter(name="active", label="State", options=(("true", "Active"), ("false", "Archived"))),),
    create=("Create product", "/products/new"),
    row=lambda row, _now: {"state": "ACTIVE" if row["active"] else "ARCHIVED"},
    tabs=TABS,
)


async def shown(visit: Visit) -> Sent:
    """A product and its prices."""
    product = await _product(visit)
    prices = await visit.ask("GET", "/v1/prices", {"product": product["id"], "limit": PRICES_SHOWN})
    return visit.render(
        "catalogue/product.html",
        product=product,
        prices=[(price_text(each), each) for each in prices["data"]],
        may_write=visit.may(WRITE),
        may_price=visit.may("prices:write"),
    )


async def _product(visit: Visit) -> Mapping[str, Any]:
    return (await visit.desk.shown("products", visit.ids["id"])).view


async def ask_new(visit: Visit) -> Question:
    """A new product."""
    return Question(
        title="Create product",
        label="Create product",
        back=visit.url("/products"),
        trail=(("Products", visit.url("/products")),),
        inputs=(
            Input(name="name", label="Name", required=True, max=256),
            Input(name="description", label="Description", kind="area", max=1000),
            Input(name="id", label="ID", hint="Empty: one is made. It never changes."),
        ),
    )


async def create(visit: Visit, question: Question) -> Sent:
    """Creates a product; a price is next."""
    made = await visit.ask("POST", URL, answered(visit, question), key=once(visit))
    return await visit.redirect(f"/products/{made['id']}", "Product created. Now give it a price.")


async def ask_edit(visit: Visit) -> Question:
    """What can be changed."""
    product = await _product(visit)
    return Question(
        title="Edit product",
        label="Save changes",
        back=visit.url(f"/products/{product['id']}"),
        trail=(("Products", visit.url("/products")), (product["name"], visit.url(f"/products/{product['id']}"))),
        inputs=(
            Input(name="name", label="Name", value=product["name"], required=True, max=256),
            Input(name="description", label="Description", kind="area", value=product["description"] or "", max=1000),
            Input(
                name="active",
                label="Active",
                kind="check",
                value="1" if product["active"] else "",
                hint="What is archived cannot be sold anew; what runs goes on.",
            ),
        ),
    )


async def edit(visit: Visit, question: Question) -> Sent:
    """Saves the changes."""
    wanted = {**answered(visit, question), "description": visit.typed("description").strip()}
    await visit.ask("POST", f"{URL}/{visit.ids['id']}", wanted, key=once(visit))
    return await visit.redirect(f"/products/{visit.ids['id']}", "Changes saved.")


async def ask_delete(visit: Visit) -> Question:
    """Whether it may go."""
    product = await _product(visit)
    prices = await visit.ask("GET", "/v1/prices", {"product": product["id"], "limit": "1"})
    question = Question(
        title=f"Delete {product['name']}?",
        label="Delete product",
        stay="Keep it",
        back=visit.url(f"/products/{product['id']}"),
        bad=True,
        confirms=True,
        says=("It has no prices, so nothing was ever sold of it.", "This cannot be undone."),
    )
    why = "A product that has prices cannot be deleted. Archive it instead: edit it and untick Active."
    return unless(why if prices["data"] else None, f"{product['name']} has prices", question)


async def delete(visit: Visit, _: Question) -> Sent:
    """Deletes an unused product."""
    await visit.ask("DELETE", f"{URL}/{visit.ids['id']}", key=once(visit))
    return await visit.redirect("/products", "Product deleted.")


PAGES = (
    page_of(LIST),
    asking("/products/new", WRITE, ask_new, create),
    Page(path="/products/{id}", get=shown, needs=READ, capability="products"),
    asking("/products/{id}/edit", WRITE, ask_edit, edit),
    asking("/products/{id}/delete", WRITE, ask_delete, delete),
)
