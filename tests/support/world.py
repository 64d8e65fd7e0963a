"""An account with something of everything, and the addresses of all pages about it."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from services.dashboard.registry import PAGES, places_of

Call = Callable[..., dict[str, Any]]


class World(Struct, frozen=True):
    """`ids` holds an object of each kind, by the prefix of its id."""

    ids: Mapping[str, str]

    def paths(self, env: str = "test", *, every: bool = False) -> dict[str, str]:
        """The address of every page, by the page's path; `every`: also of those that only take forms."""
        found: dict[str, str] = {}
        of_page = {"events": "evt", **{path.split("/")[1]: prefix for prefix, path in places_of(PAGES).items()}}
        for page in PAGES:
            if page.get is None and not every:
                continue
            path = page.path
            if "{" in path:
                prefix = "user" if "/team/" in path else of_page.get(path.split("/")[1], "")
                assert prefix in self.ids, f"no id for {page.path}: make one in build_world"
                path = path.replace("{id}", self.ids[prefix])
                assert "{" not in path, page.path
            found[page.path] = f"/dashboard/{env}{path}"
        return found


# Nothing is sent there: no worker delivers where this is used.
HOOKS = "https://93.184.215.14/hooks"


def build_world(call: Call, text: Callable[[str], str], user: str, hooks: str = HOOKS) -> World:
    """Makes it through the API. `text` gives each free text, told what it is for; `user` is a user of the account, and
    `hooks` where webhooks go."""
    ids: dict[str, str] = {"user": user}

    def made(path: str, **body: Any) -> dict[str, Any]:
        answer = call("POST", f"/v1/{path}", json=body)
        ids[answer["id"].partition("_")[0]] = answer["id"]
        return answer

    other = made("customers", name=text("name"), email="Ada@example.com", phone="+442079460958")["id"]
    customer = made(
        "customers",
        name=text("name"),
        email="ada@example.com",
        phone="+44 20 7946 0958",
        description=text("description"),
        address={"line1": text("line1"), "city": text("city"), "country": "GB", "postal_code": "W1U 6TU"},
        metadata={text("key")[:40]: text("value")},
    )["id"]
    call("POST", "/v1/payment_methods/pm_card_visa/attach", json={"customer": customer})
    methods = call("GET", f"/v1/customers/{customer}/payment_methods")["data"]
    ids["pm"] = methods[0]["id"]
    call("PUT", f"/v1/customers/{customer}", json={"default_payment_method": ids["pm"]})
    product = made("products", name=text("product"), description=text("description"))["id"]
    price = made(
        "prices",
        product=product,
        unit_amount=4900,
        currency="usd",
        recurring={"interval": "MONTH"},
        nickname=text("nickname"),
    )["id"]
    for amount in (2500, 12_000):
        made("payments", amount=amount, currency="usd", customer=customer, description=text("payment"))
    made("payments", amount=90_000, currency="jpy", customer=customer, description=text("payment"))
    refunded = made("payments", amount=7_500, currency="usd", customer=customer, description=text("payment"))["id"]
    made("refunds", payment=refunded, amount=1_500, reason="REQUESTED_BY_CUSTOMER", metadata={"note": text("value")})
    made(
        "subscriptions",
        customer=customer,
        price=price,
        quantity=3,
        payment_behavior="ALLOW_INCOMPLETE",
        metadata={"note": text("value")},
    )
    made(
        "payment_schedules",
        customer=customer,
        currency="usd",
        payments=[
            {"amount": 10_000, "date": 1_900_000_000, "description": text("payment")},
            {"amount": 10_000, "date": 1_902_592_000},
        ],
    )
    made("invoice_items", customer=customer, amount=1_200, currency="usd", description=text("item"))
    made("invoices", customer=customer, description=text("invoice"))
    made("invoice_items", customer=customer, amount=2_500, currency="usd", description=text("item"))
    # A customer is invoiced in one currency.
    made("invoice_items", customer=other, amount=-90_000, currency="jpy")
    made("test_helpers/test_clocks", frozen_time=1_700_000_000, name=text("clock"))
    endpoint = {"url": hooks, "enabled_events": ["*"], "description": text("endpoint")}
    made("webhook_endpoints", **endpoint)
    ids["key"] = call("POST", "/v1/api_keys", json={"name": text("key name")})["id"]
    ids["evt"] = call("GET", "/v1/events")["data"][0]["id"]
    return World(ids)
