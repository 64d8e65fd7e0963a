"""Sealing what one append records: personal fields with their subject's data key, answers likewise."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from eventstore.record import DataKeyRow, KeyRecord
from eventstore.tenants import Tenant
from eventstore.vault import DataKey, Vault
from services.core.event import Event, EventCodec
from services.core.step import Answer, SubjectErased

# Whoever acts under one of these can be told that nothing personal can be recorded any more.
ASKING = ("api_key:", "user:")
ERASED_ANSWER = Answer(200, msgspec.json.encode({"object": "erased"}))

_encode = msgspec.msgpack.Encoder().encode
_decode_sealed = msgspec.msgpack.Decoder(tuple[str, bytes]).decode
_decode_answer = msgspec.msgpack.Decoder(Answer).decode


class Sealing:
    """The data keys of one append: `new` ones are to be recorded with it, `used` are the subjects of old ones that
    sealed something, `shreds` those whose keys it destroys."""

    def __init__(self, vault: Vault, tenant: Tenant, shreds: Collection[str]) -> None:
        self._vault = vault
        self._tenant = tenant
        self.shreds = shreds
        self.new: dict[str, DataKeyRow] = {}
        self.used: set[str] = set()

    async def event(
        self, codec: EventCodec, event: Event, event_id: UUID, *, subject: str, fresh: bool, actor: str
    ) -> bytes:
        """The bytes to record. Of an erased subject nothing personal is recorded: raises SubjectErased when whoever
        asks gave some; what the server itself would have added is left out."""
        key = await self._key(subject, fresh=fresh) if codec.is_personal(event) else None
        if key is None and actor.startswith(ASKING) and not codec.tells_nothing(event):
            raise SubjectErased
        return codec.encode(event, key, event_id)

    async def answer(self, answer: Answer, stream: str, *, subject: str, fresh: bool) -> bytes:
        """An answer to be recorded under an idempotency key; readable as long as its subject is. What is answered of
        a subject that is erased holds nothing of it, and is sealed by the master key."""
        plain = _encode(answer)
        key = None if subject in self.shreds else await self._key(subject, fresh=fresh)
        if key is None:
            return _encode(("", self._vault.seal(self._tenant, stream, plain)))
        return _encode((subject, key.seal(plain, stream.encode())))

    async def _key(self, subject: str, *, fresh: bool) -> DataKey | None:
        key = await self._vault.key_or_new(self._tenant, subject, self.new, fresh=fresh)
        if key is not None and subject not in self.new:
            self.used.add(subject)
        return key


async def opened_answer(vault: Vault, tenant: Tenant, record: KeyRecord) -> Answer | None:
    """The answer recorded under an idempotency key; None while there is none, ERASED_ANSWER when its subject is
    erased."""
    if record.answer is None:
        return None
    subject, sealed = _decode_sealed(record.answer)
    if not subject:
        return _decode_answer(vault.unseal(tenant, record.stream, sealed))
    key = await vault.key(tenant, subject)
    return ERASED_ANSWER if key is None else _decode_answer(key.open(sealed, record.stream.encode()))
