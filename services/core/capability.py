"""What a capability declares; the engines run it: GET, lists, history, expansion, due work, replay."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventstore.tenants import Tenant
from services.core.decider import AnyDecider
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.event import Published
from services.core.links import page_address
from services.core.operation import Operation
from services.core.reader import Reader


def never(_state: Any) -> None:
    """For what does not happen to these objects."""


def unsaid(_state: Any) -> str:
    """For what needs no words."""
    return ""


class Plural(Struct, frozen=True):
    """`field` is the filter that is to have one of the values, of which there are `most` at most."""

    field: str
    most: int = 10


class Capability(Struct, frozen=True, kw_only=True):
    """`name` is the resource in URLs and permissions (`customers`), `object` its name on the wire (`customer`).

    view        state and livemode -> the wire object (a Struct that `view_type` names)
    filters     list parameter -> the value, or the values, that an object in this state has for it
    aliases     list parameter whose value may be another name of an object -> finds the object's id
    plurals     list parameter that takes several values -> the filter that is to have one of them
    texts       plain fields that searches find by a part of them -> where they lie in the state
    linked      completes wire objects with the address of their public page, which needs no key
    beside      completes wire objects with what is known of them beside the log
    path        where it lies in URLs when that is not its name
    live        it waits for something outside (a gateway, real time), so that no test clock can hold it back
    expands     field of the wire object -> category of the object whose id it holds
    gone        when the object was deleted
    published   each kind of event -> the types under which clients are told of it, the most telling one first
    told_as     such a type -> what clients are shown instead of the object itself
    due         when the object next needs attention without being asked
    why         what is to happen to it then, in words
    kept        its latest state is in the read model of all objects; what holds secrets is not
    attend      gives it that attention; called by a worker with its collaborators, safe to repeat, at any time
    """

    name: str
    object: str
    decider: AnyDecider
    view: Callable[[Any, bool], Struct]
    view_type: type[Struct]
    state_type: type[Struct]
    operations: Sequence[Operation] = ()
    filters: Mapping[str, Callable[[Any], str | Sequence[str] | None]] = {}
    aliases: Mapping[str, Callable[[Engine, Envelope, str], Awaitable[str]]] = {}
    plurals: Mapping[str, Plural] = {}
    expands: Mapping[str, str] = {}
    texts: Mapping[str, tuple[str, ...]] = {}
    gone: Callable[[Any], datetime | None] = never
    published: Published = {}
    told_as: Mapping[str, Callable[[Any, bool], Struct]] = {}
    linked: Callable[[Any, str], Any] | None = None
    beside: Callable[[Engine, Tenant, Sequence[Any]], Awaitable[Sequence[Any]]] | None = None
    due: Callable[[Any], datetime | None] = never
    why: Callable[[Any], str] = unsaid
    attend: Callable[[Engine, Mapping[type, Any], Envelope, str], Awaitable[None]] | None = None
    path: str = ""
    live: bool = False
    listed: bool = True
    readable: bool = True
    kept: bool = True

    @property
    def url(self) -> str:
        """Where the list of its objects lies."""
        return f"/v1/{self.path or self.name}"

    def shown(self, reader: Reader, tenant: Tenant, state: Any, *, livemode: bool) -> Any:
        """The wire object as clients are shown it."""
        view: Any = self.view(state, livemode)
        return view if self.linked is None else self.linked(view, page_address(reader, tenant, view.id))
