"""Secrets of others: kept once under an id, opened by the same master key, gone when removed."""

from eventstore.secrets import Secrets
from eventstore.store import EventStore
from eventstore.tenants import Tenant
from eventstore.vault import Vault


async def test_a_secret_that_is_sent_twice_is_kept_once(store: EventStore, tenant: Tenant) -> None:
    secrets = Secrets(store.pool, Vault(store.pool, bytes(range(32))))
    # As the pool does when it has lost the connection, and cannot know whether the first one was written.
    for secret in (b"sk_first", b"sk_again"):
        await secrets.keep(tenant, "sec_1", secret)
    assert await secrets.open(tenant, "sec_1") == b"sk_first"
    for _ in range(2):
        await secrets.remove(tenant, "sec_1")
    assert await secrets.open(tenant, "sec_1") is None
