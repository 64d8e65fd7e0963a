"""What an operation does, whoever asks: permission, parameters, idempotency key, the work itself, expansion."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct, structs

from projections.objects.routes import missing
from services.api.errors import invalid_parameter
from services.api.expand import check_paths, expanded, paths_of
from services.api.house import House
from services.api.meaning import meaning_of
from services.api.parameters import Parameters
from services.billing.registry import CAPABILITIES
from services.core.cards import refuse_card_numbers
from services.core.envelope import Envelope, RequestKey
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict, Forbidden, InProgress, Invalid, Missing, Refusal
from services.core.step import Answer, Replayed

KEY_CHARACTERS_MAX = 255
DECLINED = 402


class Asked(Struct, frozen=True, kw_only=True):
    """A request as it was written: `path` as it was called, `ids` those in it, `typed` whether `body` came with types
    (JSON) or as text (a form). `headers` have lower-case names."""

    method: str
    path: str
    ids: Mapping[str, str] = {}
    body: Parameters = {}
    query: Parameters = {}
    typed: bool = False
    headers: Mapping[str, str] = {}


def demand_permission(operation: Operation, envelope: Envelope) -> None:
    """Raises Forbidden unless the envelope's permissions allow the operation."""
    if not envelope.may(operation.needs):
        raise Forbidden(f"This key lacks the permission '{operation.needs}'.")


async def perform(house: House, operation: Operation, envelope: Envelope, asked: Asked) -> Reply:
    """Does what is asked, on behalf of whom the envelope names. Raises a Refusal."""
    demand_permission(operation, envelope)
    given, query = dict(asked.body), dict(asked.query)
    refuse_card_numbers(given)
    refuse_card_numbers(query)
    paths = paths_of(given.pop("expand", None) or query.pop("expand", None))
    meaning = meaning_of(operation.path, operation.body or operation.query)
    if operation.body is None:
        # Stripe's libraries send forms as the body of GET and DELETE too.
        given, query = {}, meaning.of({**given, **query})
    else:
        if asked.method == "DELETE" and not given:
            # Stripe's library for Python writes the parameters of a DELETE into its URL.
            given, query = query, given
        given = meaning.of(given)
    if asked.method != "GET":
        check_paths(envelope, paths, operation.answers)
        envelope = _with_key(envelope, asked, given, query)

    def call() -> Call[Any, Any]:
        body, wanted = None, None
        if operation.body is None:
            wanted = _converted(query, operation.query or Nothing, typed=False)
        else:
            body = _converted(given, operation.body, typed=asked.typed)
            _converted(query, Nothing, typed=False)
        return Call(house.engine, envelope, body, wanted, asked.ids, asked.headers, house.services)

    reply = await _performed(house, operation, envelope, asked.ids, call)
    if reply.position is not None and not reply.replayed:
        house.wake(envelope.tenant.shard)
    content = reply.answer.body
    if paths and reply.answer.status != DECLINED:
        content = await expanded(house.engine, envelope, content, paths)
    return structs.replace(reply, answer=Answer(reply.answer.status, content))


async def _performed(
    house: House, operation: Operation, envelope: Envelope, ids: Mapping[str, str], call: Callable[[], Call[Any, Any]]
) -> Reply:
    try:
        return await operation.perform(call())
    except Replayed as replay:
        return _replayed(replay)
    except (Missing, Invalid, Conflict) as refusal:
        # What was granted the first time may be refused now: the first answer counts. And a key that stands for
        # another request is told before what is wrong with this one.
        try:
            await house.engine.look_up(envelope)
        except Replayed as replay:
            if replay.answer is not None:
                return _replayed(replay)
        raise await _naming(house, operation, envelope, ids, refusal) from None


async def _naming(
    house: House, operation: Operation, envelope: Envelope, ids: Mapping[str, str], refusal: Refusal
) -> Refusal:
    """What the path names is missing: a sentence that says so of this very object, as its GET would."""
    if not isinstance(refusal, Missing) or refusal.param is not None or "id" not in ids:
        return refusal
    capability = next((each for each in CAPABILITIES if operation.path.startswith(f"{each.url}/{{id}}")), None)
    return refusal if capability is None else await missing(house.engine, envelope, capability, ids["id"])


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of a call that takes none."""


def _replayed(replay: Replayed) -> Reply:
    if replay.answer is None:
        raise InProgress
    return Reply(replay.answer, replay.record.position, replayed=True)


def _converted(given: Parameters, kind: type[Struct], *, typed: bool) -> Any:
    try:
        return msgspec.convert(given, kind, strict=typed)
    except msgspec.ValidationError as problem:
        raise invalid_parameter(problem, kind, given) from None
    except (OverflowError, ValueError) as problem:
        raise invalid_parameter(problem, kind, given) from None


def _with_key(envelope: Envelope, asked: Asked, body: Parameters, query: Parameters) -> Envelope:
    key = asked.headers.get("idempotency-key")
    if key is None:
        return envelope
    if not key or len(key) > KEY_CHARACTERS_MAX or not key.isascii() or not key.isprintable():
        raise Invalid(
            "The Idempotency-Key must have 1 to 255 printable ASCII characters.", code="idempotency_key_invalid"
        )
    refuse_card_numbers(key, "Idempotency-Key")
    parameters = msgspec.json.encode((asked.method, asked.path, body, query), order="sorted")
    return structs.replace(envelope, key=RequestKey(key, hashlib.sha256(parameters).digest()))
