"""Questions to a person's own documents: what is asked has one answer, and code knows where."""

import random
from pathlib import Path

import pytest

from agent.errors import QuestionError
from agent.evaluation.cloze import GAP, make_clozes
from agent.evaluation.examine import Tried, examine
from agent.evaluation.own_documents import ALL_KINDS, OwnDocuments, make_batches
from agent.evaluation.results import Results
from agent.evaluation.scoring import names
from agent.evaluation.subject import Said, ThroughAgent
from agent.evaluation.wording import language_of, languages, load_wording
from agent.formats.isolate import parse_file
from tests.agent.formats.make import run
from tests.data import needs
from tests.make import make_document

REPORT = "app/sample/report.pdf"


@pytest.fixture(scope="module")
def report():
    return run(parse_file(Path(REPORT), "report.pdf"))[0]


class Perfect:
    """Answers every question from the copy itself, which it is told of."""

    model, strategy, identity, room_tokens = "perfect", "knows", "1", 0

    def __init__(self):
        self.copies = []

    def count_tokens(self, texts):
        return [len(text) for text in texts]

    def ask(self, document, question):
        self.copies.append(document)
        yield
        return Said(question, answered=True)

    def forget(self, document):
        pass


def results_of(subject, test, tmp_path):
    events = examine(subject, make_batches(test, subject), Results(tmp_path / "r.json"))
    return [event.result for event in events if isinstance(event, Tried)]


def test_a_gap_hides_what_stands_there_and_nowhere_else_in_the_sentence(report):
    clozes = make_clozes(report, 40, random.Random(2))
    assert len(clozes) == 40
    assert [cloze.start for cloze in clozes] == sorted(cloze.start for cloze in clozes)
    for cloze in clozes:
        original = " ".join(report.text[cloze.start : cloze.end].split())
        assert cloze.sentence.replace(GAP, cloze.missing) == original
        assert cloze.sentence.count(GAP) == 1
        assert not names(cloze.sentence, cloze.missing)
        assert report.text.count(report.text[cloze.start : cloze.end]) == 1


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("In all, 11,482 bookings were charged twice in 19 weeks.", "11,482"),
        ("The harbourmaster was seen to weep at the old and empty quay.", "harbourmaster"),
        (
            "那天早上港口里停着许多船街上空无一人大家都去看列车晚点了多少分钟谁也不知道为什么会这样呢。",
            "看列车",
        ),
        ("| a row | of a table | with 1,234 | and more cells that are long |", None),
        ("Too short a sentence for this.", None),
    ],
)
def test_a_number_is_left_out_before_a_word_and_the_rarest_word_before_others(sentence, missing):
    text = f"Of old the quay was empty and seen. {sentence} Of the rest nothing is known here now."
    made = make_clozes(make_document(text), 9, random.Random(1))
    found = [c.missing for c in made if c.sentence.replace(GAP, c.missing) == sentence]
    assert found == ([missing] if missing else [])


def test_every_kind_is_asked_of_a_copy_that_holds_its_answer_on_the_pages_said(report, tmp_path):
    subject = Perfect()
    results = results_of(subject, OwnDocuments([report], questions=6), tmp_path)
    assert len(set(subject.copies)) == 2  # four of each kind in the first, two in the second
    for kind in ALL_KINDS:
        assert sum(result.trial.kind == kind for result in results) == 6
    assert len({result.trial for result in results}) == len(results)
    for copy in set(subject.copies):
        assert len(copy.pages) == len(report.pages)
        batches = make_batches(OwnDocuments([report], questions=6), subject)
        (asked,) = [asked for batch in batches for made, asked in [batch.prepare()]
                    if made.id == copy.id]  # fmt: skip
        for each in asked:
            for (start, end), pages in zip(each.wanted.places, each.wanted.pages, strict=True):
                assert pages == {p.number for p in copy.pages if p.start < end and start < p.end}
            for value in each.wanted.values:
                said = [copy.text[start:end] for start, end in each.wanted.places]
                assert any(names(" ".join(words.split()), value) for words in said)
                assert not names(each.question, value)


def test_the_quoting_reader_finds_what_is_quoted_and_planted_but_follows_no_hop(report, tmp_path):
    subject = ThroughAgent("retrieve", tmp_path / "library")
    results = results_of(subject, OwnDocuments([report]), tmp_path)
    right = {
        kind: sum(result.right and result.cited and result.paged for result in results
                  if result.trial.kind == kind)
        for kind in ("quote", "one", "many", "hop")
    }  # fmt: skip
    assert right["quote"] >= 3
    assert right["one"] == right["many"] == 4
    assert right["hop"] == 0


def test_kinds_and_language_can_be_chosen(report, tmp_path):
    test = OwnDocuments([report], questions=1, kinds=("one", "none"), language="de")
    results = results_of(Perfect(), test, tmp_path)
    assert [(r.trial.kind, r.trial.language) for r in results] == [("one", "de"), ("none", "de")]
    assert results[0].question.startswith("Wie lautet die magische Zahl von ")


def test_a_document_without_text_is_named():
    with pytest.raises(QuestionError, match=r"made\.txt has no text to ask about"):
        list(make_batches(OwnDocuments([make_document(" ")]), Perfect()))


@pytest.mark.parametrize("code", sorted(set(languages()) - {"ceb", "tr", "ms"}))
def test_the_language_to_ask_in_is_the_documents_own(code):
    wording = load_wording(code)
    chance = random.Random(1)
    text = wording.joiner.join(
        sentence.format(key=chance.choice(wording.keys), count=chance.randint(2, 99))
        for sentence in wording.filler * 30
    )
    assert language_of(text) == code


def test_of_a_text_in_no_language_it_knows_english_is_asked():
    assert language_of("1234 5678 ++ --") == "en"
    assert language_of("") == "en"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("books/zh/tennessine_西游记.txt", "zh"),
        ("books/ja_aozora_cp932/夏目漱石_吾輩は猫である.txt", "ja"),
        ("books/ru/Анна Каренина.txt", "ru"),
    ],
)
def test_real_books_are_asked_in_their_language(path, code):
    document, _ = run(parse_file(needs(path), "book.txt"))
    assert language_of(document.text) == code
    assert len(make_clozes(document, 20, random.Random(1))) == 20
