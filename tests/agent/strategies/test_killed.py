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


@pytest.mark.parametrize("way", ["sweep", "summarize"])
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_at_random_points_it_reads_no_window_twice_and_answers_the_same(tmp_path, way):
    home, log = tmp_path / "home", tmp_path / "log"
    Library(home)._keep(planted())
    log.touch()
    random_ = random.Random(5)  # noqa: S311  # the same each time
    module = "tests.agent.strategies.swept_in_a_child"
    child = [sys.executable, "-m", module, str(home), str(log), way]
    kills = 4
    for _ in range(kills):
        goal = len(log.read_text().split()) + random_.randrange(2, 8)
        with subprocess.Popen(child) as process:
            give_up = time.monotonic() + 60
            while len(log.read_text().split()) < goal and time.monotonic() < give_up:
                time.sleep(0.002)
            process.kill()
    answer = answer_of(read(home, logging_rule(log, 0), way))
    (tmp_path / "undisturbed").mkdir()
    Library(tmp_path / "undisturbed")._keep(planted())
    alone = logging_rule(tmp_path / "log 2", 0)
    undisturbed = answer_of(read(tmp_path / "undisturbed", alone, way))
    assert {c.quote for c in answer.citations} >= set(FINDINGS)
    assert (answer.text, answer.citations) == (undisturbed.text, undisturbed.citations)
    assert answer.sections == undisturbed.sections
    assert answer.coverage == undisturbed.coverage
    windows = set((tmp_path / "log 2").read_text().split())
    begun = Counter(log.read_text().split())
    assert begun.keys() == windows
    assert len(windows) > kills * 8
    again = sum(times - 1 for times in begun.values())
    assert again <= kills * AT_ONCE  # only what was under way
