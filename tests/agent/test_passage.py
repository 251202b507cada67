"""How a document is cut into passages."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.document import Heading
from agent.passage import cut_passages
from model.tokens import count_tokens
from tests.make import make_document


@given(
    st.text(alphabet="ab .\n。中ก้ำເာ္្ខ🙂é\u200d\u0301", min_size=1, max_size=400), st.integers(1, 12)
)
@example("a.aa.。.a. ", 8)  # 8 tokens sentence by sentence, 9 together
def test_passages_cover_the_text_once_and_keep_their_size(text, max_tokens):
    document = make_document(text)
    passages = cut_passages(document, count_tokens, max_tokens)
    texts = [text[p.span.start : p.span.end] for p in passages]
    assert "".join(texts) == text
    assert [p.number for p in passages] == list(range(len(passages)))
    assert [p.tokens for p in passages] == count_tokens(texts)
    assert all(p.tokens <= max_tokens or len(t) == 1 for p, t in zip(passages, texts, strict=True))


def test_passages_end_at_sentence_ends():
    document = make_document("The first one is here. " * 40)
    passages = cut_passages(document, count_tokens, 30)
    assert len(passages) > 5
    for passage in passages:
        assert document.text[passage.span.start : passage.span.end].rstrip().endswith("here.")


def test_a_heading_opens_a_passage_and_names_it():
    text = "Alpha. " * 20 + "\nMethods\n" + "Beta. " * 20
    at = text.index("Methods")
    document = make_document(text, headings=(Heading(1, "Report", 0), Heading(2, "Methods", at)))
    first, second = cut_passages(document, count_tokens, 100)
    assert second.span.start == at
    assert first.heading_path == ("Report",)
    assert second.heading_path == ("Report", "Methods")


def test_a_sentence_too_long_for_a_passage_is_cut_between_words():
    document = make_document("word " * 300)
    passages = cut_passages(document, count_tokens, 50)
    assert len(passages) > 5
    for passage in passages:
        assert set(document.text[passage.span.start : passage.span.end].split()) == {"word"}


@pytest.mark.parametrize("letter", ["เก้", "น้ำ", "ខ្មែ", "မြို့", "の", "हिं", "ế", "👩\u200d🚀"])
def test_no_letter_is_torn_from_its_marks(letter):
    document = make_document(letter * 200)
    passages = cut_passages(document, count_tokens, 40)
    assert len(passages) > 3
    for passage in passages:
        text = document.text[passage.span.start : passage.span.end]
        assert text == letter * (len(text) // len(letter))


@given(
    st.text(alphabet="ab .\n", min_size=1, max_size=300),
    st.lists(st.tuples(st.integers(0, 299), st.integers(1, 4)), max_size=30),
)
def test_every_passage_has_the_heading_path_of_its_place(text, places):
    headings = tuple(
        Heading(level, f"{level} at {start}", start)
        for start, level in sorted(places)
        if start < len(text)
    )
    document = make_document(text, headings=headings)
    passages = cut_passages(document, count_tokens, 8)
    assert [p.heading_path for p in passages] == [
        document.heading_path(p.span.start) for p in passages
    ]


def test_many_headings_cost_one_sweep():
    line = "A title of some words\n"
    headings = tuple(Heading(1 + n % 3, str(n), n * len(line)) for n in range(50_000))
    document = make_document(line * len(headings), headings=headings)

    def count_all(texts):  # counting real tokens would take most of the time
        return [len(text) for text in texts]

    passages = cut_passages(document, count_all, len(line))  # took a minute
    assert [p.heading_path[-1] for p in passages] == [heading.title for heading in headings]


def test_a_passage_ends_with_a_paragraph_where_that_fills_it_enough():
    paragraph = "The first one is here. " * 6 + "\n\n"
    document = make_document(paragraph * 9)
    (size,) = count_tokens([paragraph])
    passages = cut_passages(document, count_tokens, int(2.6 * size))
    assert len(passages) == 5
    for passage in passages[:-1]:
        assert document.text[passage.span.start : passage.span.end] == 2 * paragraph
