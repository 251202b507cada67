"""The journal: what was handed in, by whom, and how far it has come; one SQLite file.

The page writes jobs and draws what it reads here; the worker takes them and writes how far they
are. So a refresh, a second tab, a restart of the server and the death of the worker lose nothing.
Knows nothing of Streamlit.
"""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import TypeAdapter

from app.jobs.file import FILE_NAME, JournalFile
from app.jobs.meanings import Meanings
from app.jobs.owners import Owners
from app.turn import Submission, Turn

MOST_TRIES: Final = 3
"""How often a job is begun: one that kills the worker each time must not do so for ever."""
SILENT_SECONDS: Final = 10.0
"""A worker that has not been heard of for so long is taken for dead."""

Documents = tuple[str, ...]
State = Literal["waiting", "running", "done"]


@dataclass(frozen=True, slots=True)
class Job:
    """Something handed in.

    Attributes:
        number: later ones have higher numbers.
        owner: who handed it in.
        documents: ids of the documents it is about by now.
        submission: what was handed in.
        turn: how far it has come.
        state: of it.
        stopping: whether its owner wants it stopped.
        made: when it was handed in, in seconds since 1970.
    """

    number: int
    owner: str
    documents: Documents
    submission: Submission
    turn: Turn
    state: State
    stopping: bool
    made: float


class _Adapters(NamedTuple):
    """Bring what is kept into JSON and back."""

    submission: TypeAdapter[Submission]
    turn: TypeAdapter[Turn]


@lru_cache(maxsize=1)
def _adapters() -> _Adapters:
    return _Adapters(TypeAdapter(Submission), TypeAdapter(Turn))


class Journal:
    """The jobs of one library; may be used by several threads and processes at once.

    Args:
        home: the library's folder.

    Attributes:
        owners: whose documents are whose.
        meanings: how far the search by meaning is.

    Raises:
        LibraryError: if the file cannot be used.
    """

    def __init__(self, home: Path) -> None:
        self._file = JournalFile(home)
        self.owners = Owners(self._file)
        self.meanings = Meanings(self._file)

    def submit(self, owner: str, documents: Documents, submission: Submission) -> int:
        """Put something into the queue, and return its number.

        What the conversation holds without a question, a notice about files, has been read by now
        and goes.
        """
        turn = Turn(submission.title, documents)
        with self._file.writing(durable=True) as connection:
            for job in self._jobs(
                connection, "owner = ? AND documents = ?", owner, _key(documents)
            ):
                if job.state == "done" and not (job.turn.question and documents):
                    connection.execute("DELETE FROM job WHERE number = ?", (job.number,))
            number = connection.execute(
                "INSERT INTO job (owner, documents, submission, turn, state, made)"
                " VALUES (?, ?, ?, ?, 'waiting', ?)",
                (
                    owner,
                    _key(documents),
                    _adapters().submission.dump_json(submission),
                    _packed(turn),
                    time.time(),
                ),
            ).lastrowid
        return int(number or 0)

    def job(self, owner: str, number: int) -> Job | None:
        """Return a job of this owner."""
        with self._file.reading() as connection:
            found = self._jobs(connection, "owner = ? AND number = ?", owner, number)
        return found[0] if found else None

    def conversation(self, owner: str, documents: Documents) -> list[Job]:
        """Return the jobs about exactly these documents, oldest first."""
        with self._file.reading() as connection:
            return self._jobs(connection, "owner = ? AND documents = ?", owner, _key(documents))

    def open_jobs(self) -> list[Job]:
        """Return all jobs that are not done, of everybody, oldest first."""
        with self._file.reading() as connection:
            return self._jobs(connection, "state != 'done'")

    def place(self, number: int) -> int:
        """Return how many jobs come before a waiting one; 0 for one that is not waiting."""
        with self._file.reading() as connection:
            queue = [row[0] for row in connection.execute(_QUEUE)]
        return queue.index(number) if number in queue else 0

    def stop(self, owner: str, number: int) -> Job | None:
        """Have a job of this owner stopped, and return it; what it has found by then stays."""
        with self._file.writing(durable=True) as connection:
            connection.execute(
                "UPDATE job SET stopping = 1 WHERE owner = ? AND number = ? AND state != 'done'",
                (owner, number),
            )
            # Nobody has begun it: nobody has to hear of it.
            connection.execute("UPDATE job SET state = 'done' WHERE stopping AND state = 'waiting'")
            found = self._jobs(connection, "owner = ? AND number = ?", owner, number)
        return found[0] if found else None

    def wants_stop(self, number: int) -> bool:
        """Return whether a job is to be stopped, or is not there any more."""
        with self._file.reading() as connection:
            row = connection.execute("SELECT stopping FROM job WHERE number = ?", (number,))
            found = row.fetchone()
        return found is None or bool(found[0])

    def forget(self, document: str, owner: str | None = None) -> None:
        """Remove what an owner asked about a document, or everybody; that stops what is under way.

        Without an owner nobody calls it theirs any more, either.
        """
        with self._file.writing() as connection:
            connection.execute(
                "DELETE FROM job WHERE instr(documents, ?) AND (owner = ? OR ?)",
                (document, owner, owner is None),
            )
        if owner is None:
            self.owners.disown_all(document)
        with self._file.reading() as connection:  # nor may the log still hold it
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def claim(self, worker: str) -> Job | None:
        """Take the next job for a worker, if one waits.

        The owner whose last job was begun longest ago comes first, and nobody has two at once.
        """
        with self._file.reading() as connection:  # which costs little, ten times a second
            if connection.execute(_WAITS).fetchone() is None:
                return None
        with self._file.writing() as connection:
            for (number,) in connection.execute(_QUEUE).fetchall():
                connection.execute(
                    "UPDATE job SET state = 'running', worker = ?, begun = ?, tries = tries + 1"
                    " WHERE number = ?",
                    (worker, time.time(), number),
                )
                return self._jobs(connection, "number = ?", number)[0]
        return None

    def save(self, job: Job, turn: Turn) -> Job:
        """Note how far a job has come, and return it so."""
        with self._file.writing() as connection:
            if turn.documents != job.documents:
                self._carry_over(connection, job, turn.documents)
            connection.execute(
                "UPDATE job SET turn = ?, documents = ? WHERE number = ?",
                (_packed(turn), _key(turn.documents), job.number),
            )
        return replace(job, turn=turn, documents=turn.documents)

    def finish(self, job: Job) -> None:
        """Note that a job is done, or was stopped."""
        with self._file.writing(durable=True) as connection:
            connection.execute("UPDATE job SET state = 'done' WHERE number = ?", (job.number,))

    def hear(self, worker: str) -> None:
        """Note that a worker lives, and put back what dead ones had begun."""
        now = time.time()
        with self._file.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO worker VALUES (?, ?)", (worker, now))
            silent = connection.execute(
                "SELECT name FROM worker WHERE heard < ?", (now - SILENT_SECONDS,)
            ).fetchall()
            for (name,) in silent:
                self._put_back(connection, name)

    def put_back(self, worker: str) -> None:
        """Put back into the queue what a worker had begun: it has ended."""
        with self._file.writing() as connection:
            self._put_back(connection, worker)

    def _put_back(self, connection: sqlite3.Connection, worker: str) -> None:
        begun = self._jobs(connection, "worker = ? AND state = 'running'", worker)
        for job in begun:
            tries = connection.execute("SELECT tries FROM job WHERE number = ?", (job.number,))
            if tries.fetchone()[0] >= MOST_TRIES:
                connection.execute(
                    "UPDATE job SET state = 'done', turn = ? WHERE number = ?",
                    (_packed(replace(job.turn, error=_TOO_OFTEN, done=True)), job.number),
                )
        connection.execute(
            "UPDATE job SET state = CASE WHEN stopping THEN 'done' ELSE 'waiting' END, worker = ''"
            " WHERE worker = ? AND state = 'running'",
            (worker,),
        )
        connection.execute("DELETE FROM worker WHERE name = ?", (worker,))

    def _carry_over(self, connection: sqlite3.Connection, job: Job, documents: Documents) -> None:
        """Let the talk go on about more documents: what was said about fewer stands there too."""
        if self._jobs(connection, "owner = ? AND documents = ?", job.owner, _key(documents)):
            return
        connection.execute(
            "INSERT INTO job (owner, documents, submission, turn, state, made)"
            " SELECT owner, ?, submission, turn, state, made FROM job"
            " WHERE owner = ? AND documents = ? AND state = 'done' AND documents != ''",
            (_key(documents), job.owner, _key(job.documents)),
        )

    def _jobs(self, connection: sqlite3.Connection, where: str, *values: Any) -> list[Job]:
        read = _adapters()
        rows = connection.execute(
            "SELECT number, owner, documents, submission, turn, state, stopping, made FROM job"  # noqa: S608 - our words
            f" WHERE {where} ORDER BY made, number",
            values,
        )
        return [
            Job(
                number,
                owner,
                tuple(documents.split()),
                read.submission.validate_json(submission),
                read.turn.validate_json(turn),
                state,
                bool(stopping),
                made,
            )
            for number, owner, documents, submission, turn, state, stopping, made in rows
        ]


def forget_documents(home: Path, documents: Iterable[str]) -> None:
    """Remove what anybody asked in the page about documents that are removed for good.

    Raises:
        LibraryError: if the journal cannot be used.
    """
    if not (home / FILE_NAME).exists():  # the page was never opened here
        return
    journal = Journal(home)
    for document in documents:
        journal.forget(document)


_TOO_OFTEN: Final = (
    f"This was begun {MOST_TRIES} times, and each time the program that reads died of it; "
    "free some memory or take a smaller model (`longread doctor`), then ask again."
)
# `!= 'done'` finds the index, which is of open jobs alone.
_WAITS: Final = "SELECT 1 FROM job WHERE state != 'done' AND state = 'waiting'"
_QUEUE: Final = """
SELECT number FROM job AS waiting WHERE state != 'done' AND state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM job WHERE state != 'done' AND owner = waiting.owner AND state = 'running'
) ORDER BY (SELECT max(begun) FROM job WHERE owner = waiting.owner), number
"""


def _key(documents: Sequence[str]) -> str:
    return " ".join(documents)


def _packed(turn: Turn) -> bytes:
    """Return a turn as it is kept: of quotes found on the way, which hold documents, the count."""
    light = replace(turn, progress=replace(turn.progress, evidence=()))
    return _adapters().turn.dump_json(light)
