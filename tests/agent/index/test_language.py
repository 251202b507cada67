"""Which language a text is written in."""

import pytest

from agent.index.language import guess_language
from tests.agent.index.languages import TEXTS

STEMMED_AS = {"ms": "id"} | dict.fromkeys(["zh", "ja", "ko", "th", "lo", "km", "my"], "")


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_is_told_from_the_others(language):
    expected = STEMMED_AS.get(language, language)
    assert guess_language("\n".join(text for text, _ in TEXTS[language])) == expected


def test_a_text_without_running_words_has_no_language():
    assert guess_language("x = f(y)\n" * 50) == ""
    assert guess_language("") == ""
    assert guess_language("12 34 " * 50) == ""


def test_a_line_that_may_be_english_is():
    assert guess_language("Pumps in Zurich") == "en"


def test_a_notice_in_another_language_does_not_decide():
    notice = "This is the notice of the licence and it is in the language of the house. " * 300
    text = "Der Hafen ist für die Stadt und das Land von großer Bedeutung, auch im Winter. " * 9_000
    assert guess_language(notice + text) == "de"
