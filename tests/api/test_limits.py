"""The rate limit grants what it promises, to requests that come one by one as to those that come at once."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import redis.asyncio

from services.api.limits import RateLimit
from services.core.refusal import Limited

PER_SECOND = 200


@pytest.fixture
async def counter(redis_url: str) -> AsyncGenerator[Any]:
    client: Any = redis.asyncio.Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
    yield client
    await client.aclose()


async def _granted(limits: list[RateLimit], key: str, count: int) -> int:
    """How many of so many requests at once were let through, over these processes in turn."""
    asked = (limits[number % len(limits)].spend(key) for number in range(count))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(answer is None or isinstance(answer, Limited) for answer in answers)
    return answers.count(None)


@pytest.mark.parametrize("processes", [1, 2])
async def test_all_that_come_at_once_are_counted_together(counter: Any, processes: int) -> None:
    second = 1_700_000_000.0
    key = f"key_{uuid.uuid4().hex}"
    limits = [RateLimit(counter, PER_SECOND, lambda: second) for _ in range(processes)]
    assert await _granted(limits, key, PER_SECOND) == PER_SECOND
    assert await _granted(limits, key, 30) == 0
    second += 1
    assert await _granted(limits, key, 3 * PER_SECOND) == PER_SECOND


async def test_one_key_does_not_use_up_what_another_has(counter: Any) -> None:
    limits = [RateLimit(counter, PER_SECOND, lambda: 1_700_000_000.0)]
    assert await _granted(limits, f"key_{uuid.uuid4().hex}", 2 * PER_SECOND) == PER_SECOND
    assert await _granted(limits, f"key_{uuid.uuid4().hex}", 1) == 1
