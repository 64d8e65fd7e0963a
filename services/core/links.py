"""Addresses of pages that need no key: whoever has one may see what it leads to, and nobody can guess one."""

import hmac

from eventstore.tenants import Tenant
from services.core.reader import Reader


def page_address(reader: Reader, tenant: Tenant, id: str) -> str:
    """Where the public page of an object lies, as a URL."""
    return f"{reader.public_url}/i/{tenant.name}/{id}/{_token(reader, tenant, id)}"


def opens(reader: Reader, tenant: Tenant, id: str, token: str) -> bool:
    """Whether this is the token of the object's page; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(_token(reader, tenant, id).encode(), token.encode())


def _token(reader: Reader, tenant: Tenant, id: str) -> str:
    # An HMAC under a key that is derived from the master key, and under no other.
    return reader.vault.blind(tenant, f"page_of:{id}")
