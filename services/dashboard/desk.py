"""The desk: the operations of the API, asked in this process on behalf of a user. The dashboard has no other way in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Struct, structs

from services.api.app import OPERATIONS
from services.api.house import House
from services.api.performing import DECLINED, Asked, perform
from services.billing.registry import CAPABILITIES
from services.core.capability import Capability
from services.core.envelope import Envelope, Seen
from services.core.operation import Operation
from services.core.reader import AsOf
from services.core.refusal import Declined, Missing

BY_NAME: Mapping[str, Capability] = {each.name: each for each in CAPABILITIES}


class Shown(Struct, frozen=True):
    """An object as a page shows it, and the version of it that its forms carry."""

    view: dict[str, Any]
    version: int
    gone: bool


class OperationUnknown(LookupError):
    """A page asks for an operation that there is not: a fault of the page."""


class Desk:
    """Asks as the user of `envelope`. `stale` turns true when an answer was older than the user's own writes."""

    def __init__(self, house: House, envelope: Envelope) -> None:
        self.house = house
        self.envelope = envelope
        self.stale = False

    async def ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        seen: tuple[str, str, int] | None = None,
        key: str | None = None,
    ) -> Any:
        """The answer of an operation, parsed. Raises a Refusal; `seen` is a capability's name, an object's id and the
        version of it that the user saw, `key` an Idempotency-Key."""
        operation, ids = found(method, path)
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        in_query = method == "GET" or operation.body is None
        asked = Asked(
            method=method,
            path=path,
            ids=ids,
            body={} if in_query else given,
            query=given if in_query else {},
            headers={} if key is None else {"idempotency-key": key},
        )
        envelope = structs.replace(self.envelope, at=self.house.engine.clock.now())
        if seen is not None:
            name, id, version = seen
            envelope = structs.replace(envelope, seen=Seen(BY_NAME[name].decider.stream(id), version))
        reply = await perform(self.house, operation, envelope, asked)
        self.stale = self.stale or reply.stale
        answer = msgspec.json.decode(reply.answer.body)
        if reply.answer.status == DECLINED:
            error = answer["error"]
            raise Declined(error["message"], code=error["code"], extra=error)
        return answer

    async def list(self, path: str, parameters: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """A page of a list: `data` and `has_more`."""
        return await self.ask("GET", path, parameters)

    async def shown(self, name: str, id: str) -> Shown:
        """An object of the capability `name`, deleted ones too. Raises Missing."""
        capability = BY_NAME[name]
        loaded = await self.house.engine.load(capability.decider, self.envelope.tenant, id)
        if loaded.state is None:
            raise Missing(f"No such {capability.object.replace('_', ' ')}: '{id}'.")
        gone = capability.gone(loaded.state) is not None
        return Shown(self._view(capability, loaded.state), loaded.head.version, gone)

    async def shown_many(self, name: str, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """The objects with these ids, deleted ones too; of what there is not, nothing."""
        capability = BY_NAME[name]
        loaded = await self.house.engine.load_many(capability.decider, self.envelope.tenant, sorted(set(ids)))
        return {id: self._view(capability, each.state) for id, each in loaded.items() if each.state is not None}

    async def as_of(self, name: str, id: str, position: int) -> dict[str, Any] | None:
        """What the object looked like when the log had reached this position."""
        capability = BY_NAME[name]
        at = AsOf(position=position)
        state = (await self.house.engine.load(capability.decider, self.envelope.tenant, id, at)).state
        return None if state is None else self._view(capability, state)

    async def as_of_version(self, name: str, id: str, version: int) -> dict[str, Any] | None:
        """What the object looked like when its stream had this version."""
        capability = BY_NAME[name]
        loaded = await self.house.engine.load(capability.decider, self.envelope.tenant, id)
        state = capability.decider.fold(fact for fact in loaded.facts if fact.recorded.version <= version)
        return None if state is None else self._view(capability, state)

    def may(self, needs: str) -> bool:
        """Whether the user has a permission such as `customers:write`."""
        return self.envelope.may(needs)

    def _view(self, capability: Capability, state: Any) -> dict[str, Any]:
        engine, envelope = self.house.engine, self.envelope
        return msgspec.to_builtins(capability.shown(engine, envelope.tenant, state, livemode=envelope.livemode))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _table() -> Mapping[str, Sequence[tuple[re.Pattern[str], Operation]]]:
    """By method; paths without ids come before those with, so that `/search` is not taken for an id."""
    ordered = sorted(OPERATIONS, key=lambda each: each.path.count("{"))
    methods = {method for each in ordered for method in each.methods}
    return {method: [(_pattern(each.path), each) for each in ordered if method in each.methods] for method in methods}


_TABLE = _table()


def found(method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
    """The operation of this call, and the ids in its path. Raises OperationUnknown."""
    for pattern, operation in _TABLE.get(method, ()):
        match = pattern.fullmatch(path)
        if match is not None:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    raise OperationUnknown(f"{method} {path}")
