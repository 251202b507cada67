"""What the quoting reader picks, and what it says about itself."""

from agent.evidence import Evidence
from agent.readers.quoting import NOT_FOUND, NOTE, QuotingReader, _is_whole
from agent.verify import verify
from tests.agent.formats.make import run
from tests.agent.readers.test_contract import DOCUMENT, excerpts_of, write
from tests.make import make_document


def quotes(document, question):
    excerpts = excerpts_of(document, question)
    evidence, _ = verify(run(QuotingReader().extract(question, excerpts))[0].claims, excerpts)
    return [item.text for item in evidence]


def test_it_says_on_every_answer_that_no_language_model_wrote_it():
    reader = QuotingReader()
    found = [Evidence(DOCUMENT, excerpts_of(DOCUMENT, "x")[0].passage.span)]
    assert write(reader, "q", found)[0].endswith(NOTE)
    assert "no language model" in NOTE
    assert write(reader, "q", [])[0] == NOT_FOUND
    assert "no language model" in NOT_FOUND


def test_asked_for_a_number_it_prefers_the_sentence_that_has_one():
    document = make_document(
        "The passengers of the ferry were counted with care. The ferry had 41,250 passengers. ",
    )
    assert (
        quotes(document, "How many passengers had the ferry?")[0]
        == "The ferry had 41,250 passengers."
    )


def test_it_does_not_answer_a_question_with_a_question():
    document = make_document(
        "Who was the captain of the ferry? The captain of the ferry was Ida Korhonen."
    )
    assert quotes(document, "Who was the captain of the ferry?")[0] == (
        "The captain of the ferry was Ida Korhonen."
    )


def test_what_stands_beside_the_sentence_counts_too():
    question = "Who was the captain of the Aurinko?"
    kuu = make_document("The Kuu was built in Oulu. Its captain was Elli Salo. It rained.")
    aurinko = make_document(
        "The Aurinko was built in Turku. Its captain was Ida Korhonen. It rained."
    )
    excerpts = excerpts_of(kuu, question) + excerpts_of(aurinko, question)
    evidence, _ = verify(run(QuotingReader().extract(question, excerpts))[0].claims, excerpts)
    quoted = [item.text for item in evidence]
    assert "Its captain was Ida Korhonen." in quoted
    assert "Its captain was Elli Salo." not in quoted


def test_a_stop_word_counts_for_nothing_in_whatever_form_it_is_indexed():
    document = make_document("So many slept before the others. In all 300 visitors came.")
    assert quotes(document, "How many visitors were there before the others?") == [
        "In all 300 visitors came."
    ]


def test_a_sentence_is_preferred_to_a_title_that_holds_the_same_words():
    document = make_document(
        "4.1 The grounding of Whimbrel\n\nThe grounding of Whimbrel took a minute."
    )
    assert quotes(document, "How long was the grounding of Whimbrel?")[0] == (
        "The grounding of Whimbrel took a minute."
    )


def test_one_word_of_two_is_not_enough_to_answer():
    document = make_document("The capital of the company grew. It rained all day in the harbour.")
    assert quotes(document, "What is the capital of Mongolia?") == []


def test_a_row_of_many_numbers_takes_no_time():
    row = "Monthly shipments were " + ", ".join(["1,234.5"] * 40) + " units in total"
    assert not _is_whole(row)
    assert _is_whole(row.removesuffix(" units in total"))
