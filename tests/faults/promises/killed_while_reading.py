"""kill -9 while a model reads a whole document: nothing that was read is read again."""

import contextlib
import sqlite3
from collections import Counter
from itertools import cycle

from agent import Library
from tests.agent.strategies.planted import answer_of, planted
from tests.agent.strategies.swept_in_a_child import AT_ONCE, logging_rule, read
from tests.agent.strategies.test_killed import kill
from tests.faults.promise import Outcome, Promise

KILLS = 4  # of one reading


def killed(way, folder, after_kill):
    """Kill a reading over and over, then let it end; return what is wrong with what came of it."""
    home, log = folder / "home", folder / "log"
    Library(home).keep(planted())
    log.touch()
    for _ in range(KILLS):
        kill(home, log, way, 1)
        after_kill(home)
    answer = answer_of(read(home, logging_rule(log, 0), way))
    Library(folder / "alone").keep(planted())
    undisturbed = answer_of(read(folder / "alone", logging_rule(folder / "log 2", 0), way))
    if (answer.text, answer.citations) != (undisturbed.text, undisturbed.citations):
        yield f"{way}: another answer"
    if answer.coverage != undisturbed.coverage:
        yield f"{way}: another coverage"
    again = sum(times - 1 for times in Counter(log.read_text().split()).values())
    if again > KILLS * AT_ONCE:
        yield f"{way}: {again} windows read again"


def tried(count, folder, after_kill):
    broken, done = [], 0
    for way in cycle(("sweep", "summarize")):
        if done >= count:
            break
        place = folder / str(done)
        place.mkdir()
        broken += killed(way, place, after_kill)
        done += KILLS
    return Outcome(done, tuple(broken))


def ours(count, folder):
    return tried(count, folder, lambda _home: None)


def control(_count, folder):
    def forget(home):
        with contextlib.closing(sqlite3.connect(home / "library.db")) as connection:
            connection.execute("DELETE FROM reading")
            connection.commit()

    return tried(1, folder, forget)


PROMISE = Promise(
    "After kill -9 a reading goes on: the same answer, at most what was under way is read again",
    "sweeps and summaries of 40 pages are killed four times each, eight windows being read at once",
    ours, control, "keeps no readings", 4, 80,
)  # fmt: skip
