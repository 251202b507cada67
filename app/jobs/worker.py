"""The process that does the work: takes jobs from the journal, and writes how far they are.

One process holds the one model; several jobs share it, of different people each. It ends when the
page's server does, and what it had begun goes back into the queue. Knows nothing of Streamlit.
"""

import logging
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Final

from agent import Library, LibraryError
from app import strings
from app.filling import Filler
from app.jobs.journal import Job, Journal
from app.needle_turn import take_needle
from app.reader import shared_reader
from app.settings import Settings, go_quiet, load_settings
from app.turn import Turn, take_turn
from app.uploads import forget_uploads
from app.wire import open_library
from app.words import speak

JOBS_AT_ONCE: Final = 4
_LOOK_SECONDS: Final = 0.2  # how often the queue is looked at
_SAVE_SECONDS: Final = 0.15  # how often at most a job that comes along is written down
_BEAT_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 5.0  # how long jobs have to be left in when the worker ends

_LOG: Final = logging.getLogger(__name__)


class Worker:
    """Does the jobs of one library until it is stopped.

    Args:
        settings: say where the library is and who reads.
        name: by which the journal knows it.
        take: does a job, as `take_turn` does.
        load: opens the library with the models for search that the settings name, which may fail.

    Raises:
        LibraryError: if the library or the journal cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        name: str = "",
        *,
        take: Callable[..., Generator[Turn]] = take_turn,
        load: Callable[[], Library] | None = None,
    ) -> None:
        self.name = name or uuid.uuid4().hex
        self._settings = settings
        self._take = take
        self._journal = Journal(settings.home)
        if load is None and (settings.embedder or settings.reranker):
            load = partial(open_library, settings, searching=True)
        self._filler = Filler(open_library(settings), load)
        self._stopped = threading.Event()
        for documents in self._journal.meanings.pending():  # what a dead worker was about
            self._journal.meanings.want(documents)

    def run(self) -> None:
        """Work until `stop` is called; then put back what is not done."""
        threads: list[threading.Thread] = []
        beat_at = 0.0
        while not self._stopped.is_set():
            if time.monotonic() >= beat_at:
                self._beat()
                beat_at = time.monotonic() + _BEAT_SECONDS
            threads = [thread for thread in threads if thread.is_alive()]
            job = self._next() if len(threads) < JOBS_AT_ONCE else None
            if job:
                threads.append(threading.Thread(target=self._do, args=(job,), daemon=True))
                threads[-1].start()
            else:
                self._stopped.wait(_LOOK_SECONDS)
        deadline = time.monotonic() + _LEAVE_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._filler.stop()
        self._journal.put_back(self.name)

    def stop(self) -> None:
        """Have `run` return as soon as the jobs under way can be left."""
        self._stopped.set()

    def _beat(self) -> None:
        """Say that the worker lives, and see which documents are to be searched by meaning."""
        try:
            self._journal.hear(self.name)
            for documents in self._journal.meanings.wanted():
                self._filler.want(documents)
                self._journal.meanings.tell(documents, self._filler.meaning(documents))
            for documents in self._journal.meanings.pending():
                self._journal.meanings.tell(documents, self._filler.meaning(documents))
        except LibraryError as error:  # a full disk, say, which may have room again
            _LOG.warning("%s", error)

    def _next(self) -> Job | None:
        try:
            return self._journal.claim(self.name)
        except LibraryError as error:
            _LOG.warning("%s", error)
            return None

    def _do(self, job: Job) -> None:
        try:
            job, is_over = self._follow(job)
            if is_over:
                self._journal.finish(job)
                forget_uploads(job.submission.uploads)
        except LibraryError as error:  # of the journal: it is put back when this worker ends
            _LOG.warning("%s", error)

    def _follow(self, job: Job) -> tuple[Job, bool]:
        """Do a job, writing down how far it is; return it, and whether it is over."""
        speak(job.submission.language)
        turn, saved_at = job.turn, 0.0
        choose = partial(shared_reader, self._settings)
        library = self._filler.library.called(self._journal.owners.names(job.owner))
        if job.submission.needle:
            steps = take_needle(job.submission.needle, self._settings.home, job.owner, choose)
        else:
            steps = self._take(job.submission, self._documents(job), library, choose)
        try:
            with self._filler.answering(), closing(steps) as coming:
                for turn in coming:
                    if self._stopped.is_set():
                        return job, False
                    is_due = saved_at + _SAVE_SECONDS < time.monotonic()
                    if is_due or turn.documents != job.documents:
                        job, saved_at = self._save(job, turn), time.monotonic()
                        if self._journal.wants_stop(job.number):
                            break
        except Exception as error:  # noqa: BLE001  whatever it is, the next job goes on
            _LOG.warning("job %s failed", job.number, exc_info=True)
            turn = replace(turn, error=strings.unexpected(type(error).__name__), done=True)
        return self._save(job, turn), True

    def _documents(self, job: Job) -> tuple[str, ...]:
        """Return what a job is about: also what was still being added when it was handed in."""
        before = self._journal.job(job.owner, job.submission.after)
        return tuple(dict.fromkeys((*(before.documents if before else ()), *job.documents)))

    def _save(self, job: Job, turn: Turn) -> Job:
        for document in turn.documents:
            if document not in job.documents:
                name = self._filler.library.entry(document).name
                self._journal.owners.own(job.owner, document, name)
        return self._journal.save(job, turn)


def main() -> None:
    """Work until the process that started this one closes our stdin, or ends."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    # Ctrl-C reaches all that run in a terminal; the server is who ends, and then ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    go_quiet()
    try:
        worker = Worker(load_settings(), *sys.argv[1:2])
    except LibraryError as error:
        sys.exit(str(error))
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())

    def watch() -> None:
        sys.stdin.buffer.read()
        worker.stop()

    threading.Thread(target=watch, daemon=True).start()
    worker.run()
    # A thread within a long call of a model would keep the process; what it did is put back.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
