"""Haystacks: as long as wanted, each needle where it is said to be; copies keep their pages."""

import random
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.document import Heading
from agent.errors import QuestionError
from agent.evaluation.haystack import built_in_filler, filler_of, plant_in, stack
from agent.evaluation.needles import Needle
from agent.evaluation.wording import languages, load_wording
from agent.sentence import split_sentences
from model.tokens import count_tokens
from tests.make import make_document

depths = st.floats(0, 1)


@settings(max_examples=60, deadline=None)
@given(
    tokens=st.integers(150, 3_000),
    wanted=st.lists(depths, min_size=1, max_size=4, unique=True),
    code=st.sampled_from(languages()),
)
def test_a_haystack_is_as_long_and_its_needles_as_deep_as_wanted(tokens, wanted, code):
    wording = load_wording(code)
    needles = [Needle(f"Needle number {n} is here.", depth) for n, depth in enumerate(wanted)]
    filler = built_in_filler(wording, random.Random(tokens))
    haystack = stack(
        filler, needles, tokens=tokens, count_tokens=count_tokens, name="hay", joiner=" "
    )
    text = haystack.document.text
    (whole,) = count_tokens([text])
    assert whole <= tokens
    longest = max(count_tokens([f.format(key=k, count=88) for f in wording.filler
                                for k in wording.keys]))  # fmt: skip
    assert whole >= tokens - max(2 * longest, tokens // 50)
    for needle in needles:
        start, end = haystack.places[needle]
        assert text[start:end] == needle.sentence
        before = count_tokens([text[:start]])[0]
        # Half a sentence off at most, and the needles beside it.
        assert abs(before - needle.depth * whole) <= longest + 12 * len(needles) + tokens // 50
        pages = haystack.pages_of(start, end)
        touched = {p.number for p in haystack.document.pages if p.start < end and start < p.end}
        assert pages == touched


def test_needles_alone_that_are_longer_than_the_haystack_are_refused():
    with pytest.raises(QuestionError, match="1 needles do not fit 3 tokens; take longer lengths"):
        stack([], [Needle("Much too long for this.", 0)], tokens=3, count_tokens=count_tokens,
              name="hay")  # fmt: skip


def test_a_text_gives_its_sentences_in_order_over_and_over():
    pieces = list(islice(filler_of("One is first. Two is second.\n\nThree ends it."), 6))
    assert [piece.strip() for piece in pieces] == [
        "One is first.", "Two is second.", "Three ends it.",
        "One is first.", "Two is second.", "Three ends it.",
    ]  # fmt: skip
    with pytest.raises(QuestionError, match="no text to hide needles in"):
        next(filler_of(" \n"))


sentences = st.lists(st.sampled_from(["Rain fell.", "It was late. ", "The sea!\n", "列车晚点。"]))


@given(
    pages=st.lists(sentences.map("".join), min_size=1, max_size=5),
    wanted=st.lists(depths, min_size=1, max_size=5, unique=True),
)
def test_a_copy_with_needles_is_the_document_once_they_are_taken_out(pages, wanted):
    document = make_document(*pages, "It is over.")
    needles = [Needle(f"Needle {n} is here.", depth) for n, depth in enumerate(wanted)]
    planted = plant_in(document, needles)
    copy, places = planted.document, planted.places
    rest = copy.text
    for needle in sorted(needles, key=lambda n: -places[n][0]):
        start, end = places[needle]
        assert copy.text[start:end] == needle.sentence
        rest = rest[:start] + rest[end + 1 :]
    assert rest == document.text
    for start, end in split_sentences(document.text):
        first, last = planted.place_of(start, end)
        assert copy.text[first:last] == document.text[start:end]
    assert copy.id != document.id
    assert [p.number for p in copy.pages] == [p.number for p in document.pages]
    assert copy.pages[0].start == 0
    assert copy.pages[-1].end == len(copy.text)
    for before, after in zip(copy.pages, copy.pages[1:], strict=False):
        assert before.end == after.start
    for page, old in zip(copy.pages, document.pages, strict=True):
        inside = copy.text[page.start : page.end]
        for needle in needles:
            inside = inside.replace(needle.sentence + " ", "")
        assert inside == document.text[old.start : old.end]


def test_no_needle_is_hidden_in_a_document_without_text():
    with pytest.raises(QuestionError, match="no text to hide needles in"):
        plant_in(make_document("", "\n"), [Needle("A needle.", 0.5)])


def test_headings_of_a_copy_still_stand_above_their_words():
    text = "Harbour\nShips lie here. They are old. They are new.\nTown\nIt is small. It sleeps."
    document = make_document(text, headings=[Heading(1, "Harbour", 0),
                                             Heading(1, "Town", text.index("Town"))])  # fmt: skip
    planted = plant_in(document, [Needle("A needle.", 0.0), Needle("Another.", 0.5)])
    for heading in planted.document.headings:
        assert planted.document.text[heading.start :].startswith(heading.title)
