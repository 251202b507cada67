"""Several pieces of work at once, each in a thread, stopped together and soon."""

import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from typing import Final, TypeVar

T = TypeVar("T")
Work = Callable[[], Generator[None, None, T]]
"""Begins a generator that yields whenever it may be stopped, and returns the result."""

BEAT_SECONDS: Final = 0.25


class _StoppedError(Exception):
    """The work was closed before it ended; nobody waits for its result."""


def run_all(works: Iterable[Work[T]], at_once: int) -> Generator[tuple[int, T] | None]:
    """Yield the number and the result of each work as it ends, `at_once` being under way.

    Yields None whenever nothing ended for a while, so that whoever watches can stop; closing stops
    every work at its next yield. The next work is taken from the iterable only when there is room
    for it. What a work raises is raised here, and stops the others.
    """
    source = enumerate(works)
    stop = threading.Event()
    numbers: dict[Future[T], int] = {}
    pool = ThreadPoolExecutor(at_once, "reading")
    try:
        while True:
            while len(numbers) < at_once and (following := next(source, None)):
                number, work = following
                numbers[pool.submit(_drive, work, stop)] = number
            if not numbers:
                return
            ended = wait(numbers, BEAT_SECONDS, FIRST_COMPLETED).done
            if not ended:
                yield None
            for future in sorted(ended, key=lambda each: numbers[each]):
                yield numbers.pop(future), future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _drive(work: Work[T], stop: threading.Event) -> T:
    with closing(work()) as steps:
        while not stop.is_set():
            try:
                next(steps)
            except StopIteration as done:
                result: T = done.value
                return result
    raise _StoppedError
