"""The journal: what was handed in, by whom, and how far it has come; one SQLite file.

The page writes jobs and draws what it reads here; the worker takes them and writes how far they
are. So a refresh, a second tab, a restart of the server and the death of the worker lose nothing.
Knows nothing of Streamlit.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import TypeAdapter

from agent import LibraryError
from app.filling import Meaning
from app.turn import Submission, Turn

MOST_TRIES: Final = 3
"""How often a job is begun: one that kills the worker each time must not do so for ever."""
SILENT_SECONDS: Final = 10.0
"""A worker that has not been heard of for so long is taken for dead."""

_BUSY_SECONDS: Final = 30
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    documents TEXT NOT NULL,
    submission BLOB NOT NULL,
    turn BLOB NOT NULL,
    state TEXT NOT NULL,
    stopping INTEGER NOT NULL DEFAULT 0,
    worker TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    made REAL NOT NULL,
    begun REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS job_of ON job (owner, documents);
CREATE INDEX IF NOT EXISTS job_open ON job (state) WHERE state != 'done';
CREATE TABLE IF NOT EXISTS worker (name TEXT PRIMARY KEY, heard REAL NOT NULL);
CREATE TABLE IF NOT EXISTS owned (
    owner TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (owner, document)
);
CREATE TABLE IF NOT EXISTS meaning (
    documents TEXT PRIMARY KEY, is_new INTEGER NOT NULL, state BLOB NOT NULL
);
"""

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
    """

    number: int
    owner: str
    documents: Documents
    submission: Submission
    turn: Turn
    state: State
    stopping: bool


class _Adapters(NamedTuple):
    """Bring what is kept into JSON and back."""

    submission: TypeAdapter[Submission]
    turn: TypeAdapter[Turn]
    meaning: TypeAdapter[Meaning]


@lru_cache(maxsize=1)
def _adapters() -> _Adapters:
    return _Adapters(TypeAdapter(Submission), TypeAdapter(Turn), TypeAdapter(Meaning))


class Journal:
    """The jobs of one library; may be used by several threads and processes at once.

    Args:
        home: the library's folder.

    Raises:
        LibraryError: if the file cannot be used.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / "journal.db"
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{home}: the library folder cannot be made ({error.strerror}); "
                "set LONGREAD_HOME to a folder you may write to."
            ) from error
        with self._reading() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with self._writing() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise LibraryError(f"{self.path}: a newer Longread wrote it; start that one.")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")

    def submit(self, owner: str, documents: Documents, submission: Submission) -> int:
        """Put something into the queue, and return its number.

        What the conversation holds without a question, a notice about files, has been read by now
        and goes.
        """
        turn = Turn(submission.title, documents)
        with self._writing() as connection:
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
        with self._reading() as connection:
            found = self._jobs(connection, "owner = ? AND number = ?", owner, number)
        return found[0] if found else None

    def conversation(self, owner: str, documents: Documents) -> list[Job]:
        """Return the jobs about exactly these documents, oldest first."""
        with self._reading() as connection:
            return self._jobs(connection, "owner = ? AND documents = ?", owner, _key(documents))

    def open_jobs(self) -> list[Job]:
        """Return all jobs that are not done, of everybody, oldest first."""
        with self._reading() as connection:
            return self._jobs(connection, "state != 'done'")

    def place(self, number: int) -> int:
        """Return how many jobs come before a waiting one; 0 for one that is not waiting."""
        with self._reading() as connection:
            queue = [row[0] for row in connection.execute(_QUEUE)]
        return queue.index(number) if number in queue else 0

    def stop(self, owner: str, number: int) -> Job | None:
        """Have a job of this owner stopped, and return it; what it has found by then stays."""
        with self._writing() as connection:
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
        with self._reading() as connection:
            row = connection.execute("SELECT stopping FROM job WHERE number = ?", (number,))
            found = row.fetchone()
        return found is None or bool(found[0])

    def forget(self, document: str, owner: str | None = None) -> None:
        """Remove what was asked about a document; by all owners, if none is named."""
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM job WHERE instr(documents, ?) AND (owner = ? OR ?)",
                (document, owner, owner is None),
            )
            connection.execute(
                "DELETE FROM owned WHERE document = ? AND (owner = ? OR ?)",
                (document, owner, owner is None),
            )

    def own(self, owner: str, document: str) -> None:
        """Note that a document came from this owner."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO owned VALUES (?, ?)", (owner, document))

    def owned(self) -> dict[str, set[str]]:
        """Return for each document that came through the page, whom it belongs to."""
        owners: dict[str, set[str]] = {}
        with self._reading() as connection:
            for owner, document in connection.execute("SELECT owner, document FROM owned"):
                owners.setdefault(document, set()).add(owner)
        return owners

    def claim(self, worker: str) -> Job | None:
        """Take the next job for a worker, if one waits.

        The owner whose last job was begun longest ago comes first, and nobody has two at once.
        """
        with self._writing() as connection:
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
        with self._writing() as connection:
            if turn.documents != job.documents:
                self._carry_over(connection, job, turn.documents)
            connection.execute(
                "UPDATE job SET turn = ?, documents = ? WHERE number = ?",
                (_packed(turn), _key(turn.documents), job.number),
            )
        return replace(job, turn=turn, documents=turn.documents)

    def finish(self, job: Job) -> None:
        """Note that a job is done, or was stopped."""
        with self._writing() as connection:
            connection.execute("UPDATE job SET state = 'done' WHERE number = ?", (job.number,))

    def want(self, documents: Documents) -> None:
        """Have documents made ready to be searched by meaning; what failed is tried again."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO meaning VALUES (?, 1, ?)",
                (_key(documents), _adapters().meaning.dump_json(Meaning(pending=True))),
            )

    def wanted(self) -> list[Documents]:
        """Return, once, the documents that are newly wanted so."""
        with self._writing() as connection:
            rows = connection.execute("SELECT documents FROM meaning WHERE is_new").fetchall()
            connection.execute("UPDATE meaning SET is_new = 0")
        return [tuple(documents.split()) for (documents,) in rows]

    def pending(self) -> list[Documents]:
        """Return the documents of which `tell` has not said yet that they are ready."""
        with self._reading() as connection:
            rows = connection.execute("SELECT documents, state FROM meaning").fetchall()
        read = _adapters().meaning.validate_json
        return [tuple(documents.split()) for documents, state in rows if read(state).pending]

    def tell(self, documents: Documents, meaning: Meaning) -> None:
        """Note how far the search by meaning is."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE meaning SET state = ? WHERE documents = ?",
                (_adapters().meaning.dump_json(meaning), _key(documents)),
            )

    def meaning(self, documents: Documents) -> Meaning:
        """Return how far the search by meaning is."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT state FROM meaning WHERE documents = ?", (_key(documents),)
            ).fetchone()
        return _adapters().meaning.validate_json(row[0]) if row else Meaning()

    def hear(self, worker: str) -> None:
        """Note that a worker lives, and put back what dead ones had begun."""
        now = time.time()
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO worker VALUES (?, ?)", (worker, now))
            silent = connection.execute(
                "SELECT name FROM worker WHERE heard < ?", (now - SILENT_SECONDS,)
            ).fetchall()
            for (name,) in silent:
                self._put_back(connection, name)

    def put_back(self, worker: str) -> None:
        """Put back into the queue what a worker had begun: it has ended."""
        with self._writing() as connection:
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
            "SELECT number, owner, documents, submission, turn, state, stopping FROM job"  # noqa: S608 - our words
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
            )
            for number, owner, documents, submission, turn, state, stopping in rows.fetchall()
        ]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection, which is closed at the end."""
        try:
            with contextlib.closing(
                sqlite3.connect(self.path, _BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA secure_delete = ON")
                yield connection
        except sqlite3.Error as error:
            raise LibraryError(
                f"{self.path}: {error}; free some space or check the rights of that folder."
            ) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction: all of it is kept, or, where something fails, nothing."""
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


_TOO_OFTEN: Final = (
    f"This was begun {MOST_TRIES} times, and each time the program that reads died of it; "
    "free some memory or take a smaller model (`longread doctor`), then ask again."
)
_QUEUE: Final = """
SELECT number FROM job AS waiting WHERE state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM job WHERE owner = waiting.owner AND state = 'running'
) ORDER BY (SELECT max(begun) FROM job WHERE owner = waiting.owner), number
"""


def _key(documents: Sequence[str]) -> str:
    return " ".join(documents)


def _packed(turn: Turn) -> bytes:
    """Return a turn as it is kept: of quotes found on the way, which hold documents, the count."""
    light = replace(turn, progress=replace(turn.progress, evidence=()))
    return _adapters().turn.dump_json(light)
