"""Card numbers are found wherever they stand; digits that only happen to look like one are let through."""

import random
from uuid import UUID

import pytest

from services.core.cards import holds_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4242-4242-4242-4242",
        "card 4242 4242 4242 4242, thanks",
        "3782 822463 10005",
        "key 0b6ed0c1-7d5c-4d8e-9a55-3c1d0f2a7f10 and 4242424242424242",
        "aaaa4242-4242-4242-4242",
        "4242  4242 - 4242\n4242",
        "4242\u200b4242\u22124242\t4242",
        "４２４２４２４２４２４２４２４２",
    ],
)
def test_a_card_number_is_found(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "stripe-node-retry-aaaa4242-4242-4242-4242-aaaaaaaaaaaa",
        "AAAA4242-4242-4242-4242-AAAAAAAAAAAA",
        "sha256:aa4242424242424242aa4242424242424242aa4242424242424242aa42424242",
        "1234567890123456",
    ],
)
def test_an_identifier_is_none(text: str) -> None:
    assert not holds_card_number(text)


def test_no_uuid_is_taken_for_a_card_number() -> None:
    chance = random.Random(4242)
    uuids = [str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(20_000)]
    assert [text for text in uuids if holds_card_number(text)] == []
