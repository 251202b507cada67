"""From a question to an answer that rests on verified quotes."""

import time

import pytest

from agent import Answered, Library, QuestionError, ReaderError, Refused, answer, ask
from agent.events import Added, Read, Searched, Wrote
from agent.readers.chat import ChatReader
from agent.strategies import STRATEGIES
from model.scripted import ScriptedChatModel

STORY = (
    "The Kettle Lane pumping station opened in 1931.\n\n"
    + "The river was low and the fields were dry that week.\n" * 80
    + "\nThe station was rebuilt by the engineer Ida Korhonen in 1974 for 2.4 million marks.\n\n"
    + "Nobody spoke of the weather and the market was closed.\n" * 80
)


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text(STORY, encoding="utf-8")
    return path


def test_the_quoting_reader_answers_with_the_sentence_and_its_page(library, story):
    result = answer("Who rebuilt the station?", story, library=library)
    assert result.answered
    assert result.reader == "quoting"
    first = result.citations[0]
    assert (
        first.quote
        == "The station was rebuilt by the engineer Ida Korhonen in 1974 for 2.4 million marks."
    )
    document = library.document(first.document)
    assert document.text[first.start : first.end] == first.quote
    assert document.page_at(first.start).number == first.page > 1
    assert f"“{first.quote}” [1]" in result.text
    assert 0 < result.coverage.tokens_read <= result.coverage.tokens_total
    assert result.coverage.tokens_total == library.tokens([first.document])
    assert result.usage.calls == 0


def test_a_question_the_document_is_silent_on_is_answered_by_saying_so(library, story):
    result = answer("Which dragons guard Patagonian glaciers?", story, library=library)
    assert not result.answered
    assert result.citations == ()
    assert result.text.startswith("Nothing in the passages read answers this question.")


def test_the_events_tell_the_whole_run_and_end_with_the_answer(library, story):
    events = ask("Who rebuilt the station?", [story], library=library, strategy="retrieve")
    kinds = [type(event) for event in events]
    assert kinds[-1] is Answered
    assert [kind for kind in kinds if kind in {Added, Searched, Read, Answered}] == [
        Added,
        Searched,
        Read,
        Answered,
    ]
    pieces = [
        e.text for e in ask("Who rebuilt it?", story, library=library) if isinstance(e, Wrote)
    ]
    assert "Ida Korhonen" in "".join(pieces)


def script(extract, say):
    """Return a model that plays both acts: what it copies out, and what it answers."""
    return ScriptedChatModel(
        reply=lambda prompt: extract(prompt) if "Copy out" in prompt else say(prompt),
        prompts=[],
    )


def test_a_chat_model_reads_and_its_answer_rests_on_checked_quotes(library, story):
    model = script(
        lambda _: (
            '[9] "rebuilt by the engineer Ida Korhonen"\n[1] "rebuilt by Queen Victoria in 1974"'
        ),
        lambda prompt: (
            "Ida Korhonen rebuilt it [1], not the queen [2]." if "Victoria" not in prompt else ""
        ),
    )
    result = answer("Who rebuilt the station?", story, library=library, model=model)
    assert result.reader == "scripted"
    assert result.text == "Ida Korhonen rebuilt it [1], not the queen."
    assert [citation.quote for citation in result.citations] == [
        "rebuilt by the engineer Ida Korhonen"
    ]
    assert result.citations[0].page > 1
    assert result.dropped_quotes == 1
    assert result.usage.calls == 2
    assert result.usage.input_tokens > result.coverage.tokens_read


def test_a_reading_that_fails_costs_its_own_passages_only(library, story, monkeypatch):
    monkeypatch.setattr("agent.reading.PAUSE_SECONDS", 0)

    def extract(prompt):
        if "The Kettle Lane pumping station opened" in prompt:
            raise TimeoutError("the server took too long")
        return '[1] "Ida Korhonen in 1974"' if "Ida" in prompt else "NONE"

    reader = ChatReader(script(extract, lambda _: "Ida Korhonen [1]."), window_tokens=600)
    question = "river fields market weather station rebuilt Ida Korhonen"
    events = list(ask(question, story, library=library, model=reader, strategy="retrieve"))
    failures = [e for e in events if isinstance(e, Read) and e.failure]
    assert [e.failure for e in failures] == ["scripted failed: the server took too long"]
    coverage = events[-1].answer.coverage
    assert coverage.failed == failures[0].passages > 0
    assert (
        coverage.passages_read
        == len(next(e for e in events if isinstance(e, Searched)).hits) - coverage.failed
    )


def test_a_model_that_always_fails_is_one_sentence(library, story):
    def fail(_):
        raise ConnectionError("connection refused")

    with pytest.raises(ReaderError, match="scripted failed: connection refused"):
        answer("Who rebuilt it?", story, library=library, model=script(fail, fail))


def test_where_writing_fails_the_quotes_found_are_the_answer(library, story):
    def fail(_):
        raise TimeoutError("the server took too long")

    model = script(lambda _: '[1] "rebuilt by the engineer Ida Korhonen"', fail)
    result = answer("Who rebuilt the station?", story, library=library, model=model)
    assert result.answered
    assert result.text == (
        "No answer could be written (scripted failed: the server took too long). The quotes found:"
        "\n\n“rebuilt by the engineer Ida Korhonen” [1]"
    )
    assert len(result.citations) == 1


def test_a_refusal_is_not_said_to_be_unmarked(library, story):
    model = script(lambda _: '[1] "rebuilt by the engineer Ida Korhonen"', lambda _: "NOT FOUND")
    result = answer("Who painted the station?", story, library=library, model=model)
    assert not result.answered
    assert result.text == "The quotes found do not answer this question."
    assert result.citations == ()


def test_the_quoting_reader_quotes_reference_marks_as_they_stand(library, tmp_path):
    path = tmp_path / "paper.txt"
    path.write_text("Transformers [12] outperform recurrent networks [3] in translation.")
    result = answer("What outperforms recurrent networks?", path, library=library)
    assert (
        "“Transformers [12] outperform recurrent networks [3] in translation.” [1]" in result.text
    )
    assert result.dropped_quotes == 0


def test_several_documents_are_asked_at_once_and_named(library, story, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("The captain of the ferry Aurinko was Elli Salo.", encoding="utf-8")
    result = answer("Who was the captain of the Aurinko?", [story, other], library=library)
    assert [citation.name for citation in result.citations] == ["other.txt"]


def test_a_bad_file_is_refused_and_the_good_one_answers(library, story, tmp_path):
    events = list(ask("Who rebuilt the station?", [tmp_path / "no.pdf", story], library=library))
    assert [event.name for event in events if isinstance(event, Refused)] == ["no.pdf"]
    assert events[-1].answer.answered


@pytest.mark.parametrize("question", ["", "  ", "\n\t"])
def test_a_blank_question_is_refused(library, story, question):
    with pytest.raises(QuestionError, match="blank"):
        list(ask(question, story, library=library))


def test_a_question_longer_than_what_is_read_is_refused_with_its_numbers(library, story):
    with pytest.raises(QuestionError, match=r"has 10,001 tokens, more than the 8,192"):
        list(ask("Why " * 10_000, story, library=library))


def test_without_a_document_there_is_nothing_to_ask(library, tmp_path):
    with pytest.raises(QuestionError, match="No document is left"):
        list(ask("Who?", [tmp_path / "missing.txt"], library=library))


def test_an_unknown_strategy_is_named_with_the_known_ones(library, story):
    with pytest.raises(QuestionError, match=f"'guess'; choose from {', '.join(STRATEGIES)}"):
        list(ask("Who?", story, library=library, strategy="guess"))


def test_closing_the_iterator_stops_the_model(library, story):
    stopped = []

    class Endless(ScriptedChatModel):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            try:
                if "Copy out" in messages[-1].text:
                    yield from super()._stream(messages, stop, run_manager, **kwargs)
                while "Copy out" not in messages[-1].text:
                    yield from super()._stream(messages, stop, run_manager, **kwargs)
            finally:
                stopped.append(messages[-1].text[:8])

    model = Endless(
        reply=lambda p: '[1] "The station was rebuilt by"' if "Copy out" in p else "and on"
    )
    events = ask("Who rebuilt the station?", story, library=library, model=model)
    for event in events:
        if isinstance(event, Wrote):
            break
    events.close()
    give_up = time.monotonic() + 10  # its thread hears of it at its next word
    while len(stopped) < 2 and time.monotonic() < give_up:
        time.sleep(0.01)
    assert len(stopped) == 2
