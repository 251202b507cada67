"""A sweep or a summary that is killed, by SIGKILL at any moment, goes on where it was."""

import random
import subprocess
import sys
import time
from collections import Counter

import pytest

from agent import Library
from tests.agent.strategies.planted import FINDINGS, answer_of, planted
from tests.agent.strategies.swept_in_a_child import AT_ONCE, logging_rule, read
from tests.data import needs
from tests.make import make_document

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")


@pytest.mark.parametrize("way", ["sweep", "summarize"])
def test_killed_at_random_points_it_reads_no_window_twice_and_answers_the_same(tmp_path, way):
    kills = 4
    answer, windows = killed_and_undisturbed_agree(planted(), tmp_path, way, kills)
    assert {c.quote for c in answer.citations} >= set(FINDINGS)
    assert windows > kills * 8


def test_so_does_a_sweep_of_war_and_peace_killed_ten_times(tmp_path):
    text = needs("books/gutenberg/en_war_and_peace.txt").read_text("utf-8-sig")
    paragraphs = text.split("\n\n")
    for number, finding in enumerate(FINDINGS):
        paragraphs.insert((2 * number + 1) * len(paragraphs) // 12, finding)
    book = make_document("\n\n".join(paragraphs), name="war and peace.txt")
    answer, windows = killed_and_undisturbed_agree(book, tmp_path, "sweep", 10)
    assert [c.quote for c in answer.citations] == FINDINGS
    assert all(f"{finding} [{n}]" in answer.text for n, finding in enumerate(FINDINGS, start=1))
    assert answer.coverage.is_complete
    assert windows > 2_000


def killed_and_undisturbed_agree(document, tmp_path, way, kills):
    """Return the answer after so many kills, which is the undisturbed one, and how many windows."""
    home, log = tmp_path / "home", tmp_path / "log"
    Library(home).keep(document)
    log.touch()
    kill(home, log, way, kills)
    answer = answer_of(read(home, logging_rule(log, 0), way))
    (tmp_path / "undisturbed").mkdir()
    Library(tmp_path / "undisturbed").keep(document)
    alone = logging_rule(tmp_path / "log 2", 0)
    undisturbed = answer_of(read(tmp_path / "undisturbed", alone, way))
    assert (answer.text, answer.citations) == (undisturbed.text, undisturbed.citations)
    assert answer.sections == undisturbed.sections
    assert answer.coverage == undisturbed.coverage
    if way == "sweep":
        assert undisturbed.usage.calls == len(alone.acts)
        assert alone.count("Copy out") + alone.count("Partial answers") + 1 == len(alone.acts)
    windows = set((tmp_path / "log 2").read_text().split())
    begun = Counter(log.read_text().split())
    assert begun.keys() == windows
    again = sum(times - 1 for times in begun.values())
    assert again <= kills * AT_ONCE  # only what was under way
    return answer, len(windows)


def kill(home, log, way, kills):
    """Begin to read and be killed, so many times."""
    random_ = random.Random(5)  # the same each time
    module = "tests.agent.strategies.swept_in_a_child"
    child = [sys.executable, "-m", module, str(home), str(log), way]
    for _ in range(kills):
        goal = len(log.read_text().split()) + random_.randrange(2, 8)
        with subprocess.Popen(child) as process:
            give_up = time.monotonic() + 60
            while len(log.read_text().split()) < goal and time.monotonic() < give_up:
                time.sleep(0.002)
            process.kill()
