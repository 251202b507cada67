"""BM25 over stored postings, against an independent implementation and against plain counting."""

import math

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.index.keyword import K1, B
from agent.index.terms import WRITTEN_WEIGHT
from agent.index.words import split_words, to_terms
from tests.agent.index.shelves import numbers, open_index

TEXTS = [
    "Pumps in the valley failed in the flood.",
    "The flood of 1998 filled the valley and the valley road.",
    "Nobody was hurt.",
    "Repairs of pumps took a year; pumps are old.",
    "A year later the road was open. One pump was lost.",
]


def by_counting(query, texts):
    """Return each text's BM25 score straight from the formula."""
    bags = [split_words(text) for text in texts]
    mean = sum(map(len, bags)) / len(bags)
    scores = []
    for bag in bags:
        score = 0.0
        for word in dict.fromkeys(split_words(query)):
            df = sum(word in other for other in bags)
            tf = bag.count(word)
            idf = math.log(1 + (len(bags) - df + 0.5) / (df + 0.5))
            score += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(bag) / mean))
        scores.append(score)
    return scores


def by_bm25s(query, texts, language=""):
    """Return the scores of an independent implementation: of stems, and of words as written."""

    def stem(word):
        return to_terms([word], language)[0]

    asked = dict.fromkeys(split_words(query))
    alone = [word for word in asked if stem(word) == word]
    bags = [split_words(text) for text in texts]
    stems = [list(map(stem, bag)) for bag in bags]
    loose = sum_of_bm25s(dict.fromkeys(map(stem, asked)), stems)
    written = sum_of_bm25s(alone, stems) + sum_of_bm25s(asked.keys() - alone, bags)
    return (loose + WRITTEN_WEIGHT * written) / (1 + WRITTEN_WEIGHT)


def sum_of_bm25s(asked, bags):
    oracle = bm25s.BM25(method="lucene", k1=K1, b=B)
    oracle.index(bags, show_progress=False)
    known = [term for term in asked if term in oracle.vocab_dict]
    # bm25s leaves out the constant factor (k1 + 1), which changes no order.
    return oracle.get_scores(known) * (K1 + 1) if known else np.zeros(len(bags))


def scores_of(hits, documents):
    """Return scores in the order of all passages, 0 where a passage was not found."""
    places = [(f"d{row}", n) for row, texts in enumerate(documents, 1) for n in range(len(texts))]
    found = {}
    for hit in hits:
        found[hit.passage.span.document, hit.passage.number] = hit.score
    return [found.get(place, 0.0) for place in places]


QUERIES = ["old pumps pump", "the valley road", "flood year pumps", "nothing here"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("language", ["", "en"])
def test_scores_equal_an_independent_implementation(query, language):
    hits = open_index(TEXTS, language=language).search(query, k=10)
    expected = by_bm25s(query, TEXTS, language)
    assert scores_of(hits, [TEXTS]) == pytest.approx(list(expected), rel=1e-5)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(("first", "last"), [(2, 4), (1, 1), (4, 9)])
def test_with_pages_the_scores_are_those_of_these_pages_alone(query, first, last):
    index = open_index(TEXTS, TEXTS[::-1], pages=(first, last))
    kept = TEXTS[first - 1 : last], TEXTS[::-1][first - 1 : last]
    expected = by_bm25s(query, [*kept[0], *kept[1]])
    hits = index.search(query, k=20)
    assert {hit.passage.number + 1 for hit in hits} <= set(range(first, last + 1))
    found = {(hit.passage.span.document, hit.passage.number): hit.score for hit in hits}
    others = {  # the same words on a page of the other document are no hit of their own
        (span.document, n): hit.score
        for hit in hits
        for span in hit.others
        for texts in ({"d1": TEXTS, "d2": TEXTS[::-1]}[span.document],)
        for n in range(len(texts))
        if len("".join(texts[:n])) == span.start
    }
    places = [
        (d, n + first - 1) for d, t in zip(("d1", "d2"), kept, strict=True) for n in range(len(t))
    ]
    assert [(found | others).get(place, 0.0) for place in places] == pytest.approx(
        list(expected), rel=1e-5
    )


def test_pages_that_are_not_there_hold_nothing():
    assert open_index(TEXTS, pages=(7, 9)).search("pumps", 5) == []


def test_a_word_as_written_comes_before_its_other_forms():
    index = open_index(["the pumps ran", "the pump ran", "the pumping ran", "sea"], language="en")
    assert numbers(index.search("pumping", 5))[0] == 2
    assert sorted(numbers(index.search("pumping", 5))) == [0, 1, 2]


LETTERS = st.lists(st.sampled_from(["ab", "cd", "ef", "gh"]), max_size=6).map(" ".join)
DOCUMENTS = st.lists(st.lists(LETTERS, min_size=1, max_size=5), min_size=1, max_size=3)


@given(DOCUMENTS, LETTERS)
def test_several_documents_are_scored_as_one_collection(documents, query):
    texts = [text for document in documents for text in document]
    if not any(texts):
        return
    hits = open_index(*documents).search(query, k=100)
    expected = dict(zip(texts, by_counting(query, texts), strict=True))
    found = {}
    for hit in hits:
        text = documents[int(hit.passage.span.document[1:]) - 1][hit.passage.number]
        assert text not in found  # passages of the same words are one hit
        found[text] = hit.score
        assert len(hit.others) == texts.count(text) - 1
    wanted = {text: score for text, score in expected.items() if score > 0}
    assert found == pytest.approx(wanted)


def test_the_best_come_first_and_equal_ones_in_reading_order():
    index = open_index(["old road", "new road", "old sea", "old old road", "none"])
    assert numbers(index.search("old", 3)) == [3, 0, 2]


def test_passages_of_the_same_words_are_one_hit_that_names_all_places():
    index = open_index(
        ["All rights reserved.", "the sea"], ["ALL RIGHTS\nRESERVED.", "no more of rights"]
    )
    first, second = index.search("rights", 5)
    places = [first.passage.span, *first.others]
    assert [(span.document, span.start) for span in places] == [("d1", 0), ("d2", 0)]
    assert second.others == ()


def test_a_hit_tells_how_rare_each_word_of_the_query_is():
    (hit,) = open_index(["the pump", "the road", "the sea"]).search("the pumps pump", 1)
    assert hit.passage.number == 0
    assert hit.weights == pytest.approx(
        {
            "the": math.log(1 + 0.5 / 3.5),
            "pumps": math.log(1 + 3.5 / 0.5),
            "pump": math.log(1 + 2.5 / 1.5),
        }
    )


def test_a_document_without_words_is_searched_without_fuss():
    assert open_index(["...", "—"]).search("anything", 5) == []


def test_forms_of_one_word_count_once():
    one, both = (open_index(TEXTS, language="en").search(q, 9) for q in ("pump", "pump pumps"))
    gained = np.subtract(scores_of(both, [TEXTS]), scores_of(one, [TEXTS]))
    share = WRITTEN_WEIGHT / (1 + WRITTEN_WEIGHT)
    expected = share * sum_of_bm25s(["pumps"], [split_words(text) for text in TEXTS])
    assert list(gained) == pytest.approx(list(expected), rel=1e-5)
