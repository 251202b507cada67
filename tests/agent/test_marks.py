"""Marks and quotation marks in a written answer."""

import pytest

from agent.document import Span
from agent.evidence import Evidence
from agent.marks import UNMARKED, UNVERIFIED, check_answer
from tests.make import make_document

DOCUMENT = make_document("The dam held in 1998. Nobody was hurt that night. ")
EVIDENCE = [Evidence(DOCUMENT, Span(DOCUMENT.id, 0, 21))]


@pytest.mark.parametrize(
    ("text", "shown", "unverified"),
    [
        ("It held [1].", "It held [1].", 0),
        ("It held [1] [2][0].", "It held [1].", 0),
        ("It held.", f"It held.\n\n{UNMARKED}", 0),
        ("“The dam held in 1998.” [1]", "“The dam held in 1998.” [1]", 0),
        (
            'It says "nobody was hurt that night" [1].',
            'It says "nobody was hurt that night" [1].',
            0,
        ),
        (
            'It says "many were hurt that night" [1].',
            f'It says "many were hurt that night" {UNVERIFIED} [1].',
            1,
        ),
        (
            'It says "yes" [1] and then it also says "no" [1].',
            'It says "yes" [1] and then it also says "no" [1].',
            0,
        ),
        ('A 12" pipe and a 6" pipe [1].', 'A 12" pipe and a 6" pipe [1].', 0),
        (
            "Es heißt „viele wurden verletzt“ [1].",
            f"Es heißt „viele wurden verletzt“ {UNVERIFIED} [1].",
            1,
        ),
        (
            "On dit «personne ne fut blessé» [1].",
            f"On dit «personne ne fut blessé» {UNVERIFIED} [1].",
            1,
        ),
        ("“As [12] shows, it held.” [1]", f"“As [12] shows, it held.” {UNVERIFIED} [1]", 1),
        ('The "old" dam [1].', 'The "old" dam [1].', 0),
    ],
)
def test_only_what_is_true_stays_unmarked(text, shown, unverified):
    assert check_answer(text, EVIDENCE) == (shown, unverified)


def test_without_evidence_nothing_is_added():
    assert check_answer("Nothing was found.", []) == ("Nothing was found.", 0)


def test_a_reference_mark_within_a_true_quotation_is_left_alone():
    document = make_document("Transformers [12] outperform recurrent networks [3] here.")
    evidence = [Evidence(document, Span(document.id, 0, len(document.text)))]
    said = "“Transformers [12] outperform recurrent networks [3] here.” [1]"
    assert check_answer(said, evidence) == (said, 0)
