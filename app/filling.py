"""Search by meaning made ready behind: a thread of the worker gives documents their vectors.

Questions never wait for it. They are answered by words, and by meaning where vectors are there; and
while one is answered, the thread hardly works.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Final

from agent import Library, ReadError
from model.errors import ModelError

PATIENCE_SECONDS: Final = 5.0
"""How long each step of the work waits for questions: a long run must not hold it up for ever."""

STOP_SECONDS: Final = 2.0
"""How long to wait for the thread when it is stopped; a step takes one at most, as a rule."""

Documents = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """How far the search by meaning is for some documents.

    Attributes:
        pending: whether the thread works on them, or will.
        done: passages that have a vector.
        total: all passages; 0 while they are not counted.
        failure: why not all of them got one, as a sentence; empty if nothing failed.
    """

    pending: bool = False
    done: int = 0
    total: int = 0
    failure: str = ""


class Filler:
    """A library, and the thread that gives its documents their vectors.

    The thread starts when it is first asked to work. May be used by several threads.

    Args:
        library: searches by words, at once.
        load: opens the same library with an embedder, which may take long, and fail; None where
            there is no search by meaning, and never a thread.
    """

    def __init__(self, library: Library, load: Callable[[], Library] | None) -> None:
        self._words = library
        self._by_meaning: Library | None = None
        self._load = load
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()  # guards all below
        self._wanted: list[Documents] = []  # the most urgent first
        self._known: dict[Documents, Meaning] = {}
        self._answering = 0
        self._stopped = False

    @property
    def library(self) -> Library:
        """The library as it can be searched by now: without an embedder until one is loaded."""
        return self._by_meaning or self._words

    def want(self, documents: Documents) -> None:
        """Have these done before all others; none of them only gets the embedder loaded.

        What failed before is tried again.
        """
        if self._load is None or self._stopped:
            return
        with self._changed:
            self._wanted = [documents, *(other for other in self._wanted if other != documents)]
            self._known[documents] = replace(self.meaning(documents), pending=True)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="filling", daemon=True)
                self._thread.start()

    def meaning(self, documents: Documents) -> Meaning:
        """Return how far these are."""
        return self._known.get(documents, Meaning())

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While a question is answered, leave it the processor and the model."""
        with self._changed:
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stop for good, waiting at most so long; what has its vector keeps it."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(seconds)

    def _work(self) -> None:
        """Fill what is wanted, until stopped; what fails is noted, and the next one goes on."""
        while (documents := self._next()) is not None:
            try:
                ended = self._fill(documents)
            except Exception as error:  # noqa: BLE001  whatever it is, the page goes on without
                self._end(documents, _sentence(error))
            else:
                if ended:
                    self._end(documents)

    def _next(self) -> Documents | None:
        """Wait for the most urgent documents; None once stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._wanted)
            return None if self._stopped else self._wanted[0]

    def _fill(self, documents: Documents) -> bool:
        """Return True at the end, and False where others have become more urgent."""
        if not self._may_go_on(documents):
            return False
        with closing(self._loaded().filling(documents)) as steps:
            for step in steps:
                with self._changed:
                    self._known[documents] = Meaning(pending=True, done=step.done, total=step.total)
                if step.done < step.total and not self._may_go_on(documents):
                    return False
        return True

    def _may_go_on(self, documents: Documents) -> bool:
        """Let questions go first, then return whether these documents still are the next."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._answering, PATIENCE_SECONDS)
            return not self._stopped and self._wanted[0] == documents

    def _loaded(self) -> Library:
        if self._by_meaning is None and self._load:
            self._by_meaning = self._load()
        return self.library

    def _end(self, documents: Documents, failure: str = "") -> None:
        with self._changed:
            self._wanted.remove(documents)
            if failure:
                self._known[documents] = Meaning(failure=failure)
            else:
                del self._known[documents]


def _sentence(error: Exception) -> str:
    """Return what a person should read of an error."""
    if isinstance(error, ReadError | ModelError):
        return str(error)
    what = [type(error).__name__, *str(error).splitlines()[:1]]
    return f"it failed unexpectedly ({': '.join(what)})."
