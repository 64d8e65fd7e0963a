"""Clients are told of exactly what the contract names, and of every event somebody has said whether they are told."""

from collections.abc import Mapping

import pytest

from projections.event_feed.published import BY_TAG, PLACES_MAX, TYPES
from services.billing.registry import CAPABILITIES
from services.core.capability import Capability

# The contract: object -> what clients are told of it. A star stands for whatever happens to such an object.
CONTRACT: Mapping[str, str] = {
    "customer": "created updated deleted merged erased",
    "payment": "created processing succeeded failed canceled captured",
    "refund": "created failed",
    "payment_method": "attached updated detached",
    "product": "*",
    "price": "*",
    "subscription": "created updated deleted paused resumed trial_will_end past_due",
    "invoice": "created finalized paid payment_failed voided marked_uncollectible upcoming",
    "payment_schedule": "created updated completed canceled payment_succeeded payment_failed",
    "api_key": "*",
    "webhook_endpoint": "*",
    "test_clock": "*",
}
# Of the capabilities that are not built yet.
AWAITED = {"customer.merged"}


@pytest.mark.parametrize("capability", CAPABILITIES, ids=[each.name for each in CAPABILITIES])
def test_every_event_is_published_or_said_to_be_nobodys_business(capability: Capability) -> None:
    assert set(capability.published) == set(capability.decider.events.by_tag.values())
    for types in capability.published.values():
        assert len(set(types)) == len(types) <= PLACES_MAX
    told = {type for types in capability.published.values() for type in types}
    assert set(capability.told_as) <= told
    assert {type for type in told if type.partition(".")[0] != capability.object} <= set(capability.told_as)


def test_clients_are_told_of_what_the_contract_names() -> None:
    named = {f"{object}.{word}" for object, words in CONTRACT.items() for word in words.split()}
    groups = {object for object, words in CONTRACT.items() if words == "*"}
    told = {f"{type.partition('.')[0]}.*" if type.partition(".")[0] in groups else type for type in TYPES}
    assert told <= named
    assert named - told <= AWAITED
    assert all(BY_TAG.values())
