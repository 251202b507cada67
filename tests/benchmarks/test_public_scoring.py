"""Scores on question sets: each metric against values known from its paper or its own script."""

import subprocess
import sys

import pytest

from agent import Library
from benchmarks.public.metrics import choice, normal, number, rouge, squad
from benchmarks.public.scoring import chosen, overlaps, score_answers, score_retrieval
from benchmarks.public.sets import Place, Question, QuestionSet
from benchmarks.public.subjects import Longread, PlainBm25, Reply
from tests.benchmarks.test_public_forms import squad as write_squad

TEXT = "Ida lives in Oslo.\n\n" + "The sea is grey and wide here.\n\n" * 200 + "She rows a boat."


@pytest.mark.parametrize(
    ("answer", "right", "exact", "f1"),
    [
        # As SQuAD's evaluate-v1.1.py gives them.
        ("The Eiffel Tower!", ["eiffel tower"], 1.0, 1.0),
        ("tower", ["Eiffel Tower"], 0.0, 2 / 3),
        ("in Paris, France", ["Paris"], 0.0, 0.5),
        ("London", ["Paris", "London"], 1.0, 1.0),
        ("", ["Paris"], 0.0, 0.0),
        # And by letters, as CMRC 2018's.
        ("北京市", ["北京"], 0.0, 0.8),
    ],
)
def test_exact_match_and_f1_of_squad(answer, right, exact, f1):
    scores = squad(answer, right)
    assert scores["exact"] == exact
    assert scores["f1"] == pytest.approx(f1)


def test_a_long_answer_that_names_the_right_one_contains_it():
    assert squad("She lives in Oslo, on the hill.", ["Oslo"])["contains"] == 1.0
    assert normal("«Ein  Haus», the. A") == "ein haus"


def test_rouge_is_that_of_the_best_right_answer():
    scores = rouge("the cat sat", ["a dog ran", "the cat sat down"])
    assert scores["rouge1"] == pytest.approx(2 * (3 / 3) * (3 / 4) / (3 / 3 + 3 / 4))
    assert scores["rouge2"] == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))


@pytest.mark.parametrize(
    ("answer", "accuracy"),
    [("The correct answer is (B).", 1.0), ("B", 1.0), ("A, no, B", 1.0), ("C", 0.0),
     ("two boats", 1.0), ("one boat or two boats", 0.0), ("", 0.0)],
)  # fmt: skip
def test_a_choice_is_a_letter_or_the_words_of_one_choice(answer, accuracy):
    assert choice(answer, ["B"], ["one boat", "two boats", "three", "four"]) == {
        "accuracy": accuracy
    }


@pytest.mark.parametrize(
    ("answer", "right", "score"),
    [("It was $1,577.00 million.", "$1577.00", 1.0), ("1,580", "1577", 1.0), ("1,600", "1577", 0.0),
     ("-3.2 %", "-3.2%", 1.0), ("The harbour grew.", "harbour", 1.0), ("", "5", 0.0)],
)  # fmt: skip
def test_a_number_is_right_within_a_hundredth_and_words_as_they_stand(answer, right, score):
    assert number(answer, [right]) == {"right": score}


class Fixed:
    """Finds always the same, in order, and answers from a list."""

    name = "fixed"

    def __init__(self, found=(), replies=()):
        self._found, self._replies = list(found), list(replies)

    def take(self, documents):
        self.documents = documents

    def search(self, _question, documents, k):
        return [place for place in self._found if place.document in documents][:k]

    def reply(self, _question):
        return self._replies.pop(0)


def the_set(*questions, metric="squad"):
    return QuestionSet("s", "en", "asked", {"d": TEXT}, questions, metric)


def piece(start, end, **pages):
    return (Place("d", start, end, **pages),)


def test_recall_counts_pieces_and_the_reciprocal_rank_the_first_of_them():
    question = Question("?", ("d",), evidence=(piece(0, 10), piece(100, 110)))
    found = [Place("d", 50, 60), Place("e", 0, 10), Place("d", 105, 200), Place("d", 5, 6)]
    row = score_retrieval(Fixed(found), the_set(question), 10)
    # The place of another document is not searched.
    assert row.figures["recall@1"] == 0
    assert row.figures["recall@5"] == 1
    assert row.figures["MRR"] == 0.5
    assert "page MRR" not in row.figures
    one = Question(
        "?", ("d",), evidence=((Place("d", 900, 910), Place("d", 5, 9)), piece(400, 401))
    )
    row = score_retrieval(Fixed(found), the_set(question, one), 10)
    assert row.figures["recall@5"] == pytest.approx((1 + 0.5) / 2)
    assert score_retrieval(Fixed(found), the_set(Question("?", ("d",))), 10) is None


def test_pages_count_where_evidence_is_a_page():
    found = [Place("d", 0, 9, page=1, last_page=2), Place("d", 9, 20, page=3)]
    question = Question("?", ("d",), evidence=((Place("d", page=2),), (Place("d", page=4),)))
    row = score_retrieval(Fixed(found), the_set(question), 10)
    assert row.figures["recall@20"] == 0.5
    assert row.figures["page MRR"] == 1.0
    assert not overlaps(Place("d", 0, 9), Place("d", page=2))


def test_answers_are_scored_by_the_sets_metric_its_citations_and_what_it_leaves_open():
    asked = Question("?", ("d",), ("Oslo",), (piece(0, 10), piece(100, 110)))
    absent = Question("?", ("d",))
    replies = [
        Reply("Oslo", answered=True, cited=(Place("d", 5, 6), Place("d", 60, 70)), tokens=10,
              seconds=2.0, share_read=0.5),
        Reply("I do not know Oslo", answered=False, tokens=30, seconds=4.0, share_read=1.0),
        Reply("Nothing", answered=False),
        Reply("Something", answered=True),
    ]  # fmt: skip
    row = score_answers(Fixed(replies=replies), the_set(asked, asked, absent, absent), 10)
    assert row.figures == {
        "exact": 0.5, "f1": 0.5, "contains": 0.5,
        "abstained": 0.5, "gave up": 0.5,
        "cited right": 0.5, "evidence cited": 0.25,
        "read": 0.375, "tokens": 10.0, "seconds": 1.5,
    }  # fmt: skip


def test_the_same_questions_are_drawn_each_time():
    questions = [Question(str(n), ()) for n in range(50)]
    assert chosen(questions, 5) == chosen(questions, 5) != questions[:5]
    assert chosen(questions, 50) == questions


def test_longread_and_plain_bm25_find_what_is_there_and_longread_answers(tmp_path):
    start = TEXT.index("She rows")
    question = Question("What does she row?", ("d",), ("a boat",), (piece(start, len(TEXT)),))
    for retriever in (Longread(Library(tmp_path)), PlainBm25()):
        row = score_retrieval(retriever, the_set(question), 10)
        assert row.figures["MRR"] == 1.0
    row = score_answers(Longread(Library(tmp_path)), the_set(question), 10)
    assert row.figures["contains"] == row.figures["evidence cited"] == 1.0


def test_the_command_prints_a_row_a_set_and_says_what_is_missing(tmp_path):
    (tmp_path / "ml_xquad").mkdir()
    write_squad(tmp_path / "ml_xquad")
    command = [sys.executable, "-m", "benchmarks.public"]
    said = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "| xquad | de | asked | longread | 2 |" in said.stdout
    assert f"{tmp_path / 'qmsum'} is not there; this set is left out." in said.stderr
    failed = subprocess.run([*command, str(tmp_path / "no")], capture_output=True, text=True,
                            check=False)  # fmt: skip
    assert failed.returncode == 1
    assert (
        failed.stderr.strip()
        == f"{tmp_path / 'no'} is no folder; name one, or a set and its --form."
    )
