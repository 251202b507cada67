"""Every promise in its short form, and that each harness catches what is naive."""

import json

import pytest

from tests.faults.__main__ import PAGE, RESULTS, rendered
from tests.faults.promises import NAMES, load


@pytest.mark.parametrize("name", NAMES)
def test_it_holds(name, tmp_path):
    promise = load(name)
    outcome = promise.ours(promise.short, tmp_path)
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert outcome.tried >= promise.short
    assert promise.holds(outcome), outcome.broken[:5]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_naive_is_caught(name, tmp_path):
    promise = load(name)
    outcome = promise.control(promise.short, tmp_path)
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert not promise.holds(outcome), f"{promise.naive}: not caught in {outcome.tried}"


def test_the_page_says_what_the_last_long_run_found():
    page = PAGE.read_text("utf-8")
    assert rendered(page, json.loads(RESULTS.read_text("utf-8"))) == page
