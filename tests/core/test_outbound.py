"""Which addresses may be connected to."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from services.core.outbound import AddressRefused, NameUnknown, Outbound, is_public, resolved

INSIDE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "100::1", "2001:db8::1"),
    *("2001::1", "2002:7f00:1::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1"),
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"]


def _saying(*addresses: str, allow_loopback: bool = False) -> Outbound:
    async def resolve(_host: str) -> Sequence[str]:
        return addresses

    return Outbound(allow_loopback=allow_loopback, resolve=resolve)


@pytest.mark.parametrize("address", INSIDE)
async def test_what_lies_inside_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefused):
        await _saying(address).addresses("example.com")


@pytest.mark.parametrize("address", OUTSIDE)
async def test_what_lies_outside_is_connected_to_as_found(address: str) -> None:
    assert await _saying(address).addresses("example.com") == [address]


async def test_one_address_inside_is_enough_to_refuse_a_name() -> None:
    with pytest.raises(AddressRefused):
        await _saying("8.8.8.8", "10.0.0.1").addresses("example.com")


async def test_a_name_without_an_address_is_unknown() -> None:
    with pytest.raises(NameUnknown):
        await _saying().addresses("example.com")


async def test_loopback_alone_can_be_allowed() -> None:
    assert await _saying("127.0.0.1", "::1", allow_loopback=True).addresses("localhost") == ["127.0.0.1", "::1"]
    for address in ("10.0.0.1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1"):
        with pytest.raises(AddressRefused):
            await _saying(address, allow_loopback=True).addresses("example.com")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001"])
async def test_numbers_in_any_notation_are_the_address_that_they_mean(host: str) -> None:
    assert await resolved(host) == ["127.0.0.1"]
