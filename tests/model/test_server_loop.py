"""The event loop that ordinary and asynchronous callers share."""

import asyncio
import threading
from contextlib import aclosing

import pytest

from model.loop import iterate, iterate_async


class Source:
    """Counts, and knows whether it was closed and on which thread it ran."""

    def __init__(self, *, then=None):
        self.closed = False
        self.thread = None
        self._then = then

    async def numbers(self):
        self.thread = threading.current_thread().name
        try:
            for number in range(3):
                await asyncio.sleep(0)
                yield number
            if self._then:
                raise self._then
        finally:
            await asyncio.sleep(0)
            self.closed = True


async def collect(items):
    return [item async for item in items]


def test_both_kinds_of_callers_get_all_items_from_the_same_thread():
    here, there = Source(), Source()
    assert list(iterate(here.numbers())) == [0, 1, 2]
    assert asyncio.run(collect(iterate_async(there.numbers()))) == [0, 1, 2]
    assert here.thread == there.thread == "model-loop"
    assert here.closed
    assert there.closed


def test_an_error_reaches_the_caller_as_it_is():
    source = Source(then=KeyError("x"))
    with pytest.raises(KeyError, match="x"):
        list(iterate(source.numbers()))
    assert source.closed
    with pytest.raises(KeyError, match="x"):
        asyncio.run(collect(iterate_async(Source(then=KeyError("x")).numbers())))


def test_closing_closes_the_source_before_it_returns():
    source = Source()
    items = iterate(source.numbers())
    assert next(items) == 0
    items.close()
    assert source.closed


def test_a_caller_that_is_cancelled_while_it_waits_leaves_nothing_running():
    source = Source()

    async def endless():
        async with aclosing(source.numbers()) as numbers:
            async for number in numbers:
                yield number
                await asyncio.sleep(60)

    async def wait_a_little():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await collect(iterate_async(endless()))

    asyncio.run(wait_a_little())
    assert source.closed
