"""The sentences of 29 languages: whole, distinct, and such that code can tell their names apart."""

import re

import pytest

from agent.errors import QuestionError
from agent.evaluation.scoring import names
from agent.evaluation.wording import languages, load_wording
from agent.index.language import guess_language

# As Qwen2's makers list them: English, Chinese and 27 more (qwenlm.github.io/blog/qwen2).
QWEN2 = set(
    "ar bn ceb cs de en es fa fr he hi id it ja km ko lo ms my nl pl pt ru th tl tr ur vi zh"
    .split()
)  # fmt: skip
UNTOLD = set("ceb ja km ko lo ms my th tr zh".split())  # by so few words


def test_there_are_needles_in_each_of_qwen2s_languages():
    assert set(languages()) == QWEN2


@pytest.mark.parametrize("code", languages())
def test_no_name_stands_in_another_and_each_question_names_its_own_alone(code):
    wording = load_wording(code)
    assert len(set(wording.keys)) == 20
    for key in wording.keys:
        for form in (wording.question, wording.all, wording.needle):
            said = form.format(key=key, value=1234)
            assert {other for other in wording.keys if names(said, other)} == {key}
        hop = wording.hop.format(key=key, other=wording.keys[0])
        assert {k for k in wording.keys if names(hop, k)} == {key, wording.keys[0]}


@pytest.mark.parametrize("code", languages())
def test_filler_names_a_key_and_says_nothing_that_a_needle_says(code):
    wording = load_wording(code)
    says = [piece.strip(" .。।។") for piece in re.split(r"\{\w+\}", wording.needle)]
    telling = max(says, key=len)  # "The magic number of"
    assert len(telling) > 4
    for sentence in wording.filler:
        assert "{key}" in sentence
        said = sentence.format(key=wording.keys[0], count=17)
        assert "{" not in said
        assert telling not in said


@pytest.mark.parametrize("code", sorted(QWEN2 - UNTOLD))
def test_sentences_are_in_the_language_they_are_filed_under(code):
    wording = load_wording(code)
    keys = zip(wording.keys, range(10, 30), strict=True)
    text = " ".join(f.format(key=k, count=n) for k, n in keys for f in wording.filler)
    assert guess_language(text) == code


def test_a_language_without_wordings_is_refused_by_name():
    with pytest.raises(QuestionError, match=r"no needles in 'xx'; choose from ar, bn"):
        load_wording("xx")
