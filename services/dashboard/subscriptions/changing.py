"""Changing a subscription: what it would cost first, then the change."""

from collections.abc import Mapping
from typing import Any

from services.api.endpoint import Sent
from services.core.refusal import Refusal
from services.dashboard.asking import Input, Question, answered, form_of, unless, whole_number
from services.dashboard.catalogue.naming import plan_text, with_products
from services.dashboard.choosing import chosen, pick
from services.dashboard.formatting import words
from services.dashboard.forms import given, once, sentence
from services.dashboard.page import Visit

URL = "/v1/subscriptions"
OVER = frozenset({"CANCELED", "INCOMPLETE_EXPIRED"})
PRORATIONS = (
    ("CREATE_PRORATIONS", "Prorate on the next invoice"),
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
    wanted = {name: given(visit, name) for name in ("price", "quantity", "proration_behavior")}
    behavior = wanted["proration_behavior"] or PRORATIONS[0][0]
    upcoming, problem = await _previewed(visit, subscription, wanted, behavior) if wanted["price"] else (None, "")
    question = Question(
        title="Change subscription",
        label="Change now",
        back=back_to(visit),
        trail=(("Subscriptions", visit.url("/subscriptions")), (plan_text(named), back_to(visit))),
        inputs=(
            await pick(visit, "price", "prices", "Price", value=wanted["price"] or first["price"]["id"]),
            Input(name="quantity", label="Quantity", kind="number", value=wanted["quantity"] or str(first["quantity"])),
            Input(
                name="proration_behavior",
                label="Time already paid",
                kind="select",
                options=PRORATIONS,
                value=behavior,
                hint="Another interval is invoiced at once.",
            ),
        ),
        template="subscriptions/change.html",
        more={
            "looked": bool(wanted["price"]),
            "upcoming": upcoming,
            "problem": problem,
            "item": first["id"],
            "now": plan_text(named),
        },
    )
    return unless(over(subscription), "This subscription has ended", question)


def over(subscription: Mapping[str, Any]) -> str | None:
    """Why nothing of it is changed any more; None while it runs."""
    if subscription["status"] not in OVER:
        return None
    return (
        f"It is {words(subscription['status']).lower()}, and what has ended stays as it is. Create a new one instead."
    )


async def _previewed(
    visit: Visit, subscription: Mapping[str, Any], wanted: Mapping[str, str], behavior: str
) -> tuple[Mapping[str, Any] | None, str]:
    """The invoice that the change would lead to, or why there would be none."""
    try:
        quantity = whole_number(wanted["quantity"], "quantity") if wanted["quantity"] else None
        item = {"id": subscription["items"]["data"][0]["id"], "quantity": quantity}
        items = [{**item, "price": await chosen(visit, "price", "prices", wanted["price"])}]
        details = {"items": items, "proration_behavior": behavior}
        asked = {"subscription": subscription["id"], "subscription_details": details}
        return await visit.ask("POST", "/v1/invoices/create_preview", asked), ""
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
