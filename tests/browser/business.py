"""A business as it might be: a year of customers, renewals, refunds and declined cards, lived on a test clock."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

Call = Callable[..., dict[str, Any]]

DAY = 86_400
MONTHS = 10
# The same pictures each time.
SEED = 1843
PEOPLE = (
    ("Grace Hopper", "grace@cobol.example", "+1 202 555 0101"),
    ("Alan Turing", "alan@bletchley.example", None),
    ("Katherine Johnson", "katherine@orbits.example", "+1 757 555 0142"),
    ("Acme Corporation", "accounting@acme.example", "+1 415 555 0199"),
    ("Hedy Lamarr", "hedy@spread.example", None),
    ("Edsger W. Dijkstra", "edsger@shortest-paths.example", "+31 40 555 0100"),
    ("Barbara Liskov", "barbara@clu.example", "+1 617 555 0110"),
    ("Søren Ålund & Døtre A/S", "regning@alund.example", "+45 33 55 01 00"),
    ("Yukihiro Matsumoto", "matz@ruby.example", "+81 3 5550 0123"),
    ("Niklaus Wirth", "wirth@oberon.example", None),
    ("Łukasz Żółkiewski", "lukasz@zolkiewski.example", "+48 22 555 01 23"),
    ("Radia Perlman", "radia@spanning-tree.example", "+1 206 555 0177"),
    ("Société Générale des Moteurs Analytiques et Différentiels", "comptes@moteurs-analytiques.example", None),
    ("Donald Knuth", "don@literate.example", None),
    ("Frances Allen", "fran@optimising.example", "+1 914 555 0136"),
    ("محمد بن موسى الخوارزمي", "khwarizmi@algebra.example", None),
    ("Tony Hoare", "tony@quicksort.example", "+44 1865 555 010"),
    ("Margaret Hamilton", "margaret@apollo.example", "+1 617 555 0119"),
    ("Ole-Johan Dahl", "dahl@simula.example", None),
    ("Adele Goldberg", "adele@smalltalk.example", "+1 650 555 0180"),
    ("Null Island Surveyors", "hello@null-island.example", None),
    ("John McCarthy", "john@lambda.example", None),
    ("Anita Borg", "anita@systers.example", "+1 650 555 0121"),
    ("Konrad Zuse", "zuse@z3.example", "+49 30 555 0141"),
    ("Jean Bartik", "jean@eniac.example", None),
    ("Robin Milner", "robin@types.example", "+44 131 555 0190"),
    ("Sophie Wilson", "sophie@risc.example", None),
    ("Leslie Lamport", "leslie@clocks.example", "+1 650 555 0178"),
    ("Shafi Goldwasser", "shafi@zero-knowledge.example", None),
    ("Vint Cerf", "vint@packets.example", "+1 703 555 0183"),
)
DECLINING = ("pm_card_chargeCustomerFail",)


class Business(Struct, frozen=True):
    """Who is a customer, and the plans they pay for."""

    customers: Sequence[str]
    prices: Mapping[str, str]


def build_business(call: Call, advance: Callable[[str, int], None], now: int) -> Business:
    """Lives ten months up to `now`. `advance` brings a clock to an instant."""
    chance = random.Random(SEED)
    clock = call(
        "POST", "/v1/test_helpers/test_clocks", json={"frozen_time": now - MONTHS * 30 * DAY, "name": "The past year"}
    )["id"]
    prices = _plans(call)
    customers: list[str] = []
    waiting = iter(PEOPLE)
    moments = list(range(now - MONTHS * 30 * DAY, now - DAY, 5 * DAY))
    for index, at in enumerate(moments):
        if index:
            advance(clock, at)
        for name, email, phone in itertools.islice(waiting, 1 - index % 2):
            customers.append(_customer(call, clock, name, email, phone))
            _subscribe(call, customers[-1], prices, chance)
        for customer in chance.sample(customers, min(len(customers), chance.randrange(3))):
            _pays(call, customer, chance)
    for name, email, phone in waiting:
        customers.append(_customer(call, clock, name, email, phone))
    for customer in customers[3:18:7]:
        _charge_from_now_on(call, customer, DECLINING[0])
    advance(clock, now - 60)
    return Business(customers, prices)


def _plans(call: Call) -> Mapping[str, str]:
    """Three plans; the one in yen too, for those who pay in it."""
    found: dict[str, str] = {}
    for name, currency, amount, interval in (
        ("Starter", "usd", 1_900, "MONTH"),
        ("Team", "usd", 9_900, "MONTH"),
        ("Scale", "usd", 468_000, "YEAR"),
        ("Team Japan", "jpy", 14_800, "MONTH"),
    ):
        product = call("POST", "/v1/products", json={"name": name, "description": f"{name}, by the seat"})["id"]
        body = {
            "product": product,
            "currency": currency,
            "unit_amount": amount,
            "recurring": {"interval": interval},
            "nickname": f"{name}, {interval.lower()}ly",
            "lookup_key": f"{product[-6:].lower()}_{interval.lower()}",
        }
        found[name] = call("POST", "/v1/prices", json=body)["id"]
    return found


def _customer(call: Call, clock: str, name: str, email: str, phone: str | None) -> str:
    body = {"name": name, "email": email, "phone": phone, "test_clock": clock}
    id = call("POST", "/v1/customers", json=body)["id"]
    _charge_from_now_on(call, id, "pm_card_mastercard" if len(name) % 3 else "pm_card_visa")
    return id


def _charge_from_now_on(call: Call, customer: str, method: str) -> None:
    attached = call("POST", f"/v1/payment_methods/{method}/attach", json={"customer": customer})["id"]
    call("PUT", f"/v1/customers/{customer}", json={"default_payment_method": attached})


def _subscribe(call: Call, customer: str, prices: Mapping[str, str], chance: random.Random) -> None:
    plan = chance.choices(list(prices), weights=(5, 4, 1, 1))[0]
    trial = {"trial_period_days": 14} if chance.random() < 0.4 else {}
    body = {"customer": customer, "price": prices[plan], "quantity": chance.choice((1, 1, 2, 3, 5, 8))}
    call("POST", "/v1/subscriptions", json={**body, **trial, "payment_behavior": "ALLOW_INCOMPLETE"})


def _pays(call: Call, customer: str, chance: random.Random) -> None:
    """A single payment; now and then one that is declined, or given back in part."""
    amount = chance.choice((2_500, 4_900, 12_000, 36_000, 89_900))
    body = {"amount": amount, "currency": "usd", "customer": customer, "description": "Onboarding workshop"}
    if chance.random() < 0.2:
        call("POST", "/v1/payments", json={**body, "confirm": False, "description": "Additional seats, by hand"})
        return
    payment = call("POST", "/v1/payments", json=body)["id"]
    if chance.random() < 0.2:
        reason = {"amount": amount // 5, "reason": "REQUESTED_BY_CUSTOMER"}
        call("POST", "/v1/refunds", json={"payment": payment, **reason})
