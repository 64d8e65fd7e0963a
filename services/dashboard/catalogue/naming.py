"""What subscriptions are to: their prices with the products that these belong to."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.dashboard.catalogue.words import price_text
from services.dashboard.page import Visit

Row = Mapping[str, Any]


async def with_products(visit: Visit, subscriptions: Sequence[Row]) -> Sequence[Row]:
    """The subscriptions, with the product in place of its id in the price of each item."""
    if not visit.may("products:read"):
        return subscriptions
    wanted = {item["price"]["product"] for each in subscriptions for item in each["items"]["data"]}
    products = await visit.desk.shown_many("products", wanted)

    def named(item: Row) -> Row:
        product = item["price"]["product"]
        return {**item, "price": {**item["price"], "product": products.get(product, product)}}

    return [{**each, "items": {"data": [named(item) for item in each["items"]["data"]]}} for each in subscriptions]


def plan_text(subscription: Row) -> str:
    """What a subscription is to, in a line."""
    items = subscription["items"]["data"]
    more = f" and {len(items) - 1} more" if len(items) > 1 else ""
    return price_text(items[0]["price"], items[0]["quantity"]) + more
