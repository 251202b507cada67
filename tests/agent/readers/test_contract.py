"""What every reader must do, run over each of them."""

import pytest

from agent.evidence import Excerpt
from agent.index.language import guess_language
from agent.index.stems import ENGLISH_STOP_WORDS
from agent.index.words import split_words, to_terms
from agent.passage import cut_passages
from agent.readers.chat import ChatReader
from agent.readers.quoting import QuotingReader
from agent.verify import verify
from model.scripted import ScriptedChatModel
from model.tokens import count_tokens
from tests.agent.formats.make import run
from tests.make import make_document

DOCUMENT = make_document(
    "The ferry Aurinko carried 41,250 passengers in 2023. Its captain was Ida Korhonen. ",
    "The winter was mild. The harbour froze for nine days only. ",
    "Tickets were sold at the pier. Nobody complained about the price of coffee. ",
)


def careful_model(prompt):
    """Play a model that copies the right sentence and then answers from it."""
    if "must not leave out" in prompt:
        return 'Ida Korhonen was captain :: [1] "Its captain was Ida Korhonen."'
    if "Sum the notes up" in prompt:
        return "Ships had captains. [1][2]\nAnd harbours. [3]"
    if "Copy out" not in prompt:
        return "She was Ida Korhonen [1]."
    return (
        '[1] "Its captain was Ida Korhonen."'
        if "captain" in prompt.split("Question:")[1]
        else "NONE"
    )


READERS = {
    "quoting": QuotingReader,
    "chat": lambda: ChatReader(ScriptedChatModel(reply=careful_model)),
}


@pytest.fixture(params=READERS)
def reader(request):
    return READERS[request.param]()


def excerpts_of(document, question):
    terms = to_terms(split_words(question), guess_language(document.text))
    weights = {term: 0.1 if term in ENGLISH_STOP_WORDS else 2.0 for term in terms}
    passages = cut_passages(document, count_tokens, 40)
    return [Excerpt(document, passage, weights) for passage in passages]


def write(reader, question, evidence):
    pieces = []
    writing = reader.answer(question, evidence)
    while True:
        try:
            pieces.append(next(writing))
        except StopIteration as done:
            return "".join(pieces), done.value


def test_it_quotes_the_sentence_that_answers_and_marks_it(reader):
    question = "Who was the captain of the ferry?"
    extraction, _ = run(reader.extract(question, excerpts_of(DOCUMENT, question)))
    evidence, dropped = verify(extraction.claims, excerpts_of(DOCUMENT, question))
    assert "Its captain was Ida Korhonen." in [item.text for item in evidence]
    assert dropped == 0
    text, written = write(reader, question, evidence)
    assert written.answered
    assert "Ida Korhonen" in text
    assert "[1]" in text


def test_it_claims_nothing_where_the_text_is_silent(reader):
    question = "Which dragons guard the northern glaciers of Patagonia?"
    assert run(reader.extract(question, excerpts_of(DOCUMENT, question)))[0].claims == ()


def test_without_evidence_it_says_that_nothing_was_found(reader):
    text, written = write(reader, "Who was the captain?", [])
    assert not written.answered
    assert text.startswith("Nothing in the passages read answers this question.")


def test_what_it_notes_for_a_summary_says_something_and_stands_in_the_text(reader):
    excerpts = excerpts_of(DOCUMENT, "")
    extraction, _ = run(reader.summarise("", excerpts))
    evidence, dropped = verify(extraction.claims, excerpts)
    assert dropped == 0
    assert evidence
    assert all(item.says for item in evidence)


def test_what_it_makes_of_notes_says_on_which_they_rest(reader):
    notes = ["The ship had a captain.", "The boat had a captain.", "The harbour froze."]
    made, _ = run(reader.condense("", notes, 2))
    assert len(made.sentences) == 2
    marks = [mark for sentence in made.sentences for mark in sentence.marks]
    assert marks == sorted(set(marks))
    assert set(marks) <= {1, 2, 3}


def test_its_keywords_are_words_and_few(reader):
    named, _ = run(reader.keywords("Who was the captain?", ["Its captain was Ida Korhonen."]))
    assert len(named.queries) <= 3
    assert all(any(map(str.isalnum, query)) for query in named.queries)


def test_it_says_who_it_is_and_how_much_it_reads_at_once(reader):
    assert reader.name in {"quoting", "scripted"}
    assert reader.window_tokens >= 4_000
