"""A customer with something personal in every place that takes it, and the search for it in everything that is kept."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from redis.asyncio import Redis

from tests.support.app import RunningApi
from tests.support.billing import Shop

# Long enough that no part of a ciphertext looks like a part of it by chance.
WORD = "Zyxwqertyuiopasdfgh"
PHONE = "+7055550123987"
# A card that nobody has yet.
SAVED = {"type": "CARD", "card": {"token": "tok_visa"}, "billing_details": {"name": WORD}}
TABLES = """
select format('%I.%I', schemaname, tablename)
  from pg_tables
 where schemaname not in ('pg_catalog', 'information_schema')
"""


class Known(Shop):
    """A customer of whom much is known; `made` holds an object of each kind, by its path."""

    def __init__(self, api: RunningApi, clock: dict[str, Any], customer: dict[str, Any]) -> None:
        super().__init__(api, clock, customer)
        self.made: dict[str, Any] = {}

    @classmethod
    async def meet(cls, api: RunningApi) -> "Known":
        """Makes all of it through the API, each under an idempotency key."""
        fields = {
            "email": f"{WORD}@example.com",
            "phone": PHONE,
            "description": f"{WORD} likes tea",
            "address": {"line1": f"{WORD} Street 1", "city": "London", "country": "GB"},
            "metadata": {"nick": WORD},
        }
        met = await Shop.open(api, "2024-01-01T00:00:00Z", name=WORD, **fields)
        shop = cls(api, {"id": met.clock}, {"id": met.customer})
        with_it = {"customer": shop.customer, "currency": "usd", "description": WORD, "metadata": {"note": WORD}}
        first, second = [(await shop.make("payment_methods", SAVED))["id"] for _ in range(2)]
        await shop.card()
        for id in (first, second):
            await shop.post(f"/v1/payment_methods/{id}/attach", {"customer": shop.customer})
        await shop.post(f"/v1/payment_methods/{second}/detach")
        payment = await shop.make("payments", {**with_it, "amount": 2500, "statement_descriptor": WORD})
        await shop.make("refunds", {"payment": payment["id"], "amount": 500, "metadata": {"why": WORD}})
        await shop.make("invoice_items", {**with_it, "amount": 700})
        await shop.make("invoices", {"customer": shop.customer, "description": WORD, "metadata": {"note": WORD}})
        body = {"customer": shop.customer, "price": await shop.price(1000), "metadata": {"note": WORD}}
        await shop.make("subscriptions", {**body, "payment_behavior": "ALLOW_INCOMPLETE"})
        plan = [{"amount": 900, "date": 1_900_000_000, "description": WORD}]
        body = {"customer": shop.customer, "currency": "usd", "payments": plan, "metadata": {"note": WORD}}
        await shop.make("payment_schedules", body)
        await shop.send("PUT", f"/v1/customers/{shop.customer}", {"name": f"{WORD} II"})
        return shop

    async def make(self, path: str, body: Mapping[str, Any]) -> Any:
        """One more object, asked for under an idempotency key."""
        headers = {"Idempotency-Key": f"make-{path}-{len(self.made)}"}
        response = await self.api.client.post(f"/v1/{path}", json=body, headers=headers)
        assert response.is_success, response.text
        self.made[path if path not in self.made else f"{path}-2"] = response.json()
        return response.json()


async def places_with(database: str, redis_url: str, words: Sequence[str] = (WORD, PHONE[1:])) -> list[str]:
    """Every table (as text and as bytes) and every key of Redis in which one of the words stands."""
    found: list[str] = []
    connection = await asyncpg.connect(database)
    try:
        for (table,) in map(tuple, await connection.fetch(TABLES)):
            for form in _forms(words):
                sql = f"select count(*) from {table} t where position($1 in lower(t::text)) > 0"
                if await connection.fetchval(sql, form):
                    found.append(table)
    finally:
        await connection.close()
    redis: Any = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
    async for key in redis.scan_iter():
        kept = await redis.dump(key)
        if any(word.lower().encode() in (key + (kept or b"")).lower() for word in words):
            found.append(f"redis:{key!r}")
    await redis.aclose()
    return sorted(set(found))


def _forms(words: Sequence[str]) -> list[str]:
    """How a word looks in text, in a bytea that is shown in hexadecimal digits, and in base64 at its three offsets."""
    forms: list[str] = []
    for word in words:
        forms += [word.lower(), word.encode().hex(), word.lower().encode().hex()]
        forms += [base64.b64encode(b"-" * offset + word.encode()).decode()[4:-4].lower() for offset in range(3)]
    return forms
