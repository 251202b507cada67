"""One event loop in a thread of its own, which ordinary and asynchronous callers share.

Code that talks to a network is written once, as coroutines, for only there can every wait be made
to end at a deadline. Connections belong to this loop, so they outlive the loops of the callers.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from concurrent.futures import Future, wait
from functools import lru_cache
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _End:
    """What stands for the end of the items, which a future cannot raise StopAsyncIteration for."""


def iterate(items: AsyncGenerator[T]) -> Generator[T]:
    """Yield what an asynchronous generator yields that runs on the loop; closing closes it."""
    turns = _Turns(items)
    try:
        while not isinstance(item := _wait(turns.next()), _End):
            yield item
    finally:
        _wait(turns.close())


def iterate_with_beats(items: AsyncGenerator[T], beat_seconds: float) -> Generator[T | None]:
    """Do what `iterate` does, and yield None whenever nothing came for `beat_seconds`.

    So whoever waits can stop waiting: closing cancels what is under way.
    """
    turns = _Turns(items)
    future: Future[T | _End] | None = None
    try:
        while True:
            future = _submit(turns.next())
            while not wait([future], beat_seconds).done:
                yield None
            if isinstance(item := future.result(), _End):
                return
            yield item
    finally:
        if future:
            future.cancel()
        _wait(turns.close())


async def iterate_async(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Do what `iterate` does for a caller on an event loop of its own."""
    turns = _Turns(items)
    try:
        while not isinstance(item := await asyncio.wrap_future(_submit(turns.next())), _End):
            yield item
    finally:
        await asyncio.wrap_future(_submit(turns.close()))


class _Turns(Generic[T]):
    """Lets one step of a generator end, also one that was cancelled, before the next begins."""

    def __init__(self, items: AsyncGenerator[T]) -> None:
        self._items = items
        self._turn = asyncio.Lock()

    async def next(self) -> T | _End:
        async with self._turn:
            return await anext(self._items, _End())

    async def close(self) -> None:
        async with self._turn:
            await self._items.aclose()


def _wait(work: Coroutine[Any, Any, T]) -> T:
    future = _submit(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # Ctrl-C here must not leave the work running there
        raise


def _submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    return asyncio.run_coroutine_threadsafe(work, _loop())


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    """Start the loop at its first use; it ends with the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="model-loop", daemon=True).start()
    return loop
