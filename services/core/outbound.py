"""Where we may connect to when a client says where: addresses of the public internet, and nothing inside.

A name is looked up once, and the connection is made to what was found: a second look-up could be answered otherwise
(DNS rebinding). Every address of a name must be public, or the name is refused.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

LOOK_UP_SECONDS_MAX = 5.0
# Global unicast; all of IPv6 that does not lie in it is special, or hides an IPv4 address.
IPV6_PUBLIC = IPv6Network("2000::/3")
# Within it: addresses that hold IPv4 addresses (6to4, Teredo).
IPV6_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))

Resolve = Callable[[str], Awaitable[Sequence[str]]]


class AddressRefused(Exception):
    """The name leads to an address that is not of the public internet."""


class NameUnknown(Exception):
    """Nobody knows an address for the name."""


class Outbound:
    """Finds the addresses of names, and refuses those that are not public."""

    def __init__(self, *, allow_loopback: bool, resolve: Resolve | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve or resolved

    def public_only(self) -> "Outbound":
        """The same without loopback: for live, whatever the settings say."""
        return Outbound(allow_loopback=False, resolve=self._resolve)

    async def addresses(self, host: str) -> Sequence[str]:
        """The addresses of a host, each of which may be connected to. Raises AddressRefused, or NameUnknown when
        there are none."""
        found = [ip_address(text.partition("%")[0]) for text in await self._resolve(host)]
        if not found:
            raise NameUnknown(host)
        if not all(is_public(each) or (self._allow_loopback and _is_loopback(each)) for each in found):
            raise AddressRefused(host)
        return [str(each) for each in found]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address belongs to a single host of the public internet."""
    if isinstance(address, IPv6Address):
        tunnelled = any(address in network for network in IPV6_TUNNELS)
        return address in IPV6_PUBLIC and address.is_global and not tunnelled
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    return address.is_loopback


async def resolved(host: str) -> Sequence[str]:
    """What the machine's resolver says. Numbers in whatever notation become addresses without a look-up."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS_MAX):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
