"""The beginnings of receivers' answers, kept sealed: a receiver may send back what it was sent, and what was erased
must not live on in that."""

from collections.abc import Mapping

import msgspec

from eventstore.tenants import Tenant
from eventstore.vault import DataKey, Vault

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, bytes]).decode


def seal_head(
    vault: Vault, tenant: Tenant, delivery: str, head: bytes, subject: str, keys: Mapping[str, DataKey | None]
) -> bytes | None:
    """The head, sealed with the key of the event's subject; None when that was erased."""
    if subject not in keys:
        # Nothing personal was ever recorded of the subject.
        return _encode(("", vault.seal(tenant, delivery, head)))
    key = keys[subject]
    return None if key is None else _encode((subject, key.seal(head, delivery.encode())))


async def opened_heads(
    vault: Vault, tenant: Tenant, sealed: Mapping[tuple[str, int], bytes]
) -> dict[tuple[str, int], str]:
    """Heads by delivery and number of the try, as text; those of erased subjects are left out."""
    parts = {which: _decode(each) for which, each in sealed.items()}
    keys = await vault.keys(tenant, sorted({subject for subject, _ in parts.values() if subject}))
    found: dict[tuple[str, int], str] = {}
    for which, (subject, head) in parts.items():
        delivery, _ = which
        if not subject:
            found[which] = vault.unseal(tenant, delivery, head).decode(errors="replace")
        elif (key := keys.get(subject)) is not None:
            found[which] = key.open(head, delivery.encode()).decode(errors="replace")
    return found
