"""Items of the same name are one, and what is counted is counted by code."""

import pytest

from agent import Library, ask
from agent.document import Span
from agent.evidence import Evidence, Item
from agent.items import items_text, merge_items
from agent.readers.chat import ChatReader
from agent.readers.claims import read_statements
from app.show import items_csv
from tests.agent.strategies.planted import FINDINGS, Rule, answer_of, model, planted
from tests.make import make_document

DOCUMENT = make_document("red gate, Red Gate, blue gate")


def found(says, start=0):
    return Evidence(DOCUMENT, Span(DOCUMENT.id, start, start + 3), says=says)


def test_case_spacing_and_marks_make_no_new_item():
    named = ["Red gate", "blue gate", "red  gate.", "“Red Gate”", "ｒｅｄ gate", "red gates"]
    items = merge_items([found(says) for says in named])
    assert items == (
        Item("Red gate", (1, 3, 4, 5)),
        Item("blue gate", (2,)),
        Item("red gates", (6,)),
    )
    assert items_text(items) == (
        "3 items in 6 places:\n\n1. Red gate [1] [3] [4] [5]\n2. blue gate [2]\n3. red gates [6]"
    )
    assert items_text(items[1:2]).startswith("1 item in 1 place:")


@pytest.mark.parametrize(
    ("reply", "claims"),
    [
        ('red gate :: [2] "It was red."', [("red gate", 1, "It was red.")]),
        ('- red gate :: [2] "a"\n* blue :: [13] “b”', [("red gate", 1, "a"), ("blue", 12, "b")]),
        ('1. **red gate** :: passage 4: "He said “no”."', [("red gate", 3, "He said “no”.")]),
        ('12 gates :: [2] "a"\n2. 3.5 m :: [2] "b"', [("12 gates", 1, "a"), ("3.5 m", 1, "b")]),
        ("NONE", []),
        ("red gate: it was red", []),
    ],
)
def test_statements_are_read_line_by_line(reply, claims):
    assert [(c.says, c.excerpt, c.quote) for c in read_statements(reply)] == claims


@pytest.fixture
def library(tmp_path):
    held = Library(tmp_path / "home")
    held.keep(planted())
    return held


def list_all(library, rule):
    reader = ChatReader(model(rule), window_tokens=900)
    return answer_of(ask("List all gates", planted(), library=library, model=reader))


def test_every_item_of_every_window_is_listed_with_its_page(library):
    answer = list_all(library, Rule())
    assert [item.label for item in answer.items] == FINDINGS
    assert answer.text.startswith("6 items in 6 places:")
    assert answer.coverage.is_complete
    rows = items_csv(answer).splitlines()
    assert rows[0] == "number,item,document,page,label,quote"
    assert rows[1] == f"1,{FINDINGS[0]},gates.txt,3,p3,{FINDINGS[0]}"
    assert len(rows) == 7


def test_two_items_may_rest_on_the_same_words_and_one_on_many(library):
    by_colour = Rule(name=lambda quote: "a painted gate" if "red" not in quote else "the red gate")
    answer = list_all(library, by_colour)
    assert [(item.label, len(item.marks)) for item in answer.items] == [
        ("the red gate", 1),
        ("a painted gate", 5),
    ]
    assert answer.text.startswith("2 items in 6 places:")


def test_an_item_whose_quote_stands_nowhere_is_dropped_and_counted(library):
    def invent(quote):
        return f'gate of gold :: [1] "Gate 99 was painted gold."\n{quote}'

    answer = list_all(library, Rule(name=invent))
    assert "gold" not in answer.text
    assert answer.dropped_quotes == 6
    assert len(answer.items) == 6


def test_where_nothing_of_the_kind_stands_that_is_the_answer(library):
    answer = list_all(library, Rule(pattern="no such words"))
    assert (answer.answered, answer.items) == (False, ())
    assert answer.coverage.is_complete


def test_the_quoting_reader_lists_the_sentences_that_hold_the_words(library):
    answer = answer_of(ask("List all places where a gate was painted", planted(), library=library))
    assert [item.label for item in answer.items] == FINDINGS


def test_the_same_list_again_costs_no_call(library):
    list_all(library, Rule())
    assert list_all(library, rule := Rule()).text.startswith("6 items")
    assert rule.acts == []


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(library):
    answer = list_all(library, Rule(name=lambda quote: f"=HYPERLINK({quote})"))
    assert "'=HYPERLINK(Gate 11 was painted red.)" in items_csv(answer)
