"""Changing a subscription: what it would cost first, then the change."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Refusal
from services.dashboard.asking import Input, Question, answered, form_of, whole_number
from services.dashboard.catalogue.naming import plan_text, with_products
from services.dashboard.choosing import chosen, pick
from services.dashboard.forms import once, sentence
from services.dashboard.page import Visit

URL = "/v1/subscriptions"
PRORATIONS = (
    ("CREATE_PRORATIONS", "Prorate, on the next invoice; another interval is invoiced now"),
    ("ALWAYS_INVOICE", "Prorate and invoice now"),
    ("NONE", "Do not prorate"),
)


async def subscription_of(visit: Visit) -> Mapping[str, Any]:
    """The subscription that the address names."""
    return (await visit.desk.shown("subscriptions", visit.ids["id"])).view


def back_to(visit: Visit) -> str:
    """Its page."""
    return visit.url(f"/subscriptions/{visit.ids['id']}")


async def ask_change(visit: Visit) -> Question:
    """Another price or quantity, with what it would cost, before anything is changed."""
    subscription = await subscription_of(visit)
    [named] = await with_products(visit, [subscription])
    first = subscription["items"]["data"][0]
    given = {name: visit.typed(name) or visit.text(name) for name in ("price", "quantity", "proration_behavior")}
    behavior = given["proration_behavior"] or PRORATIONS[0][0]
    upcoming, problem = await _previewed(visit, subscription, given, behavior) if given["price"] else (None, "")
    return Question(
        title="Change subscription",
        label="Change now",
        back=back_to(visit),
        trail=(("Subscriptions", visit.url("/subscriptions")), (plan_text(named), back_to(visit))),
        inputs=(
            await pick(visit, "price", "prices", "Price", value=given["price"] or first["price"]["id"]),
            Input(name="quantity", label="Quantity", kind="number", value=given["quantity"] or str(first["quantity"])),
            Input(
                name="proration_behavior", label="Time already paid", kind="select", options=PRORATIONS, value=behavior
            ),
        ),
        template="subscriptions/change.html",
        more={
            "looked": bool(given["price"]),
            "upcoming": upcoming,
            "problem": problem,
            "item": first["id"],
            "now": plan_text(named),
        },
    )


async def _previewed(
    visit: Visit, subscription: Mapping[str, Any], given: Mapping[str, str], behavior: str
) -> tuple[Mapping[str, Any] | None, str]:
    """The invoice that the change would lead to, or why there would be none."""
    try:
        quantity = whole_number(given["quantity"], "quantity") if given["quantity"] else None
        item = {"id": subscription["items"]["data"][0]["id"], "quantity": quantity}
        items = [{**item, "price": await chosen(visit, "price", "prices", given["price"])}]
        details = {"items": items, "proration_behavior": behavior}
        wanted = {"subscription": subscription["id"], "subscription_details": details}
        return await visit.ask("POST", "/v1/invoices/create_preview", wanted), ""
    except Refusal as refusal:
        return None, sentence(refusal)


async def change(visit: Visit, question: Question) -> Sent:
    """Changes price and quantity of the first item, or only looks what that would cost."""
    if visit.typed("look"):
        await chosen(visit, "price", "prices")
        return form_of(visit, question, {})
    wanted = answered(visit, question)
    price = await chosen(visit, "price", "prices")
    item = {"id": question.more["item"], "price": price, "quantity": wanted.get("quantity", "1")}
    patch = {"items": [item], "proration_behavior": wanted.get("proration_behavior")}
    await visit.ask("POST", f"{URL}/{visit.ids['id']}", patch, key=once(visit))
    return await visit.redirect(back_to(visit), "Subscription changed.")
