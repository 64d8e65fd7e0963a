"""localstripe as a stand-in for Stripe: `python tests/gateways/standin/server.py PORT`, on loopback only.

What Stripe documents and localstripe lacks is laid over it here, so that the suite can ask for it: idempotency keys,
`amount_received` and `amount_capturable`, search by metadata. `/_standin/books` tells what was taken and given back.
"""

import json
import re
import sys

from aiohttp import web
from localstripe import server
from localstripe.resources import PaymentIntent, Refund, Store, store

SEARCHED = re.compile(r"^metadata\['(\w+)'\]:'([^']*)'$")
answers = {}


def _received(intent):
    if intent.status != "succeeded":
        return 0
    # It books what a smaller capture releases as a refund of the charge, without the intent.
    released = sum(each.amount for each in _refunds(intent.latest_charge.id) if each.payment_intent is None)
    return intent.amount - released


def _capturable(intent):
    return intent.amount if intent.status == "requires_capture" else 0


def _refunds(charge):
    return [each for key, each in list(store.items()) if key.startswith("refund:") and each.charge == charge]


def _of_kind(kind):
    return [each for key, each in list(store.items()) if key.startswith(f"{kind}:")]


@web.middleware
async def keys(request, handler):
    """Idempotency as Stripe documents it: the first answer for each key, a success or not, and only for what was
    asked at first."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or not key:
        return await handler(request)
    name = (request.headers.get("Authorization"), key)
    asked = (request.path, await request.read())
    if name not in answers:
        answers[name] = (asked, None)
        response = await handler(request)
        # What is refused before anything begins is not recorded.
        if response.status in {400, 401, 404}:
            del answers[name]
        else:
            answers[name] = (asked, (response.status, response.body))
        return response
    first, answer = answers[name]
    if first != asked:
        return _error(400, "idempotency_error", None)
    if answer is None:
        return _error(409, "idempotency_error", "idempotency_key_in_use")
    return web.Response(
        status=answer[0],
        body=answer[1],
        content_type="application/json",
        headers={"Idempotent-Replayed": "true"},
    )


@web.middleware
async def search(request, handler):
    """Search by one metadata field."""
    found = re.match(r"^/v1/(payment_intent|customer)s/search$", request.path)
    if found is None:
        return await handler(request)
    field, value = SEARCHED.match(request.query["query"]).groups()
    data = [each._export() for each in _of_kind(found[1]) if each.metadata.get(field) == value]
    return server.json_response({"object": "search_result", "data": data, "has_more": False})


async def books(request):
    """How many charges were taken, for how much, and what went back: of one payment of ours, or of all."""
    wanted = request.query.get("reference")
    intents = [each for each in _of_kind("payment_intent") if wanted in (None, each.metadata.get("peaswap_payment"))]
    taken = [each for each in intents if each.status == "succeeded"]
    refunds = [each for one in taken for each in _refunds(one.latest_charge.id) if each.payment_intent]
    returned = [each for each in refunds if each.status != "failed"]
    return web.json_response(
        {
            "captures": len(taken),
            "captured": sum(_received(each) for each in taken),
            "refunded": sum(each.amount for each in returned),
            "customers": len(_of_kind("customer")),
        }
    )


async def fail_refund(request):
    """A refund that had succeeded fails, as a bank makes it fail."""
    (refund,) = [each for each in _of_kind("refund") if each.id == request.match_info["id"]]
    refund.status, refund.failure_reason = "failed", "expired_or_canceled_card"
    return web.json_response({})


def _error(status, kind, code):
    body = {"error": {"type": kind, "code": code, "message": "As Stripe documents it."}}
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


def main():
    """Serves until it is told to stop."""
    # Nothing is kept between runs, and nothing is written anywhere.
    Store.dump_to_disk = lambda _self: None
    PaymentIntent.amount_received = property(_received)
    PaymentIntent.amount_capturable = property(_capturable)
    assert Refund.object == "refund"
    server.app.middlewares.insert(0, search)
    server.app.middlewares.insert(0, keys)
    server.app.middlewares.remove(server.auth_middleware)
    server.app.middlewares.insert(0, authenticated)
    server.app.router.add_get("/_standin/books", books)
    server.app.router.add_post("/_standin/refunds/{id}/fail", fail_refund)
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


@web.middleware
async def authenticated(request, handler):
    """A secret key and no other, before anything else is looked at."""
    open_to_all = request.path.startswith(("/_standin/", "/_config/"))
    if open_to_all or request.headers.get("Authorization", "").startswith("Bearer sk_test_"):
        return await handler(request)
    return _error(401, "invalid_request_error", None)


if __name__ == "__main__":
    main()
