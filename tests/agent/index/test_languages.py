"""Words in each of Qwen2's 29 languages find the passage that holds them, in other forms, too."""

import pytest

from agent.index.language import guess_language
from tests.agent.index.languages import TEXTS
from tests.agent.index.shelves import numbers, open_index

LANGUAGES = (
    "en zh de fr es pt it nl ru cs pl ar fa he tr ja ko vi th id ms lo my ceb km tl hi bn ur"
).split()


def test_every_language_is_here():
    assert sorted(TEXTS) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_find_their_passage(language):
    passages = [text for text, _ in TEXTS[language]]
    index = open_index(passages, language=guess_language("\n".join(passages)))
    found = [numbers(index.search(question, 4))[:1] for _, question in TEXTS[language]]
    assert found == [[0], [1], [2], [3]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_find_their_passage_among_those_of_all_languages(language):
    documents = {each: [text for text, _ in lines] for each, lines in TEXTS.items()}
    own = documents.pop(language)
    index = open_index(own, *documents.values(), language=guess_language("\n".join(own)))
    for number, text in enumerate(own):
        (best, *_) = index.search(text, 3)
        assert (best.passage.span.document, best.passage.number) == ("d1", number)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_of_the_text_is_found_in_it_alone(language):
    passages = [text for text, _ in TEXTS[language]]
    index = open_index(passages, language=guess_language("\n".join(passages)))
    for number, text in enumerate(passages):
        phrase = text[text.find(" ", len(text) // 3) + 1 :]
        assert numbers(index.search(f'"{phrase}"', 4, operators=True)) == [number]
