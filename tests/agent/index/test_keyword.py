"""BM25 over stored postings, against an independent implementation and against plain counting."""

import math
import sqlite3

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.index.keyword import K1, B, KeywordIndex, make_postings
from agent.index.words import split_words

TEXTS = [
    "Pumps in the valley failed in the flood.",
    "The flood of 1998 filled the valley and the valley road.",
    "Nobody was hurt.",
    "Repairs of pumps took a year; pumps are old.",
    "A year later the road was open.",
]


def open_index(*documents, language=""):
    """Return an index over documents given as lists of passage texts, in a database in memory."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE document (row INTEGER, id TEXT, language TEXT, passage_words BLOB)"
    )
    connection.execute(
        "CREATE TABLE passage (document, number, start, end, tokens, heading_path)",
    )
    connection.execute("CREATE TABLE posting (document, term, passages, counts)")
    for row, texts in enumerate(documents, start=1):
        postings = make_postings(texts, language)
        connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?)",
            (row, f"d{row}", language, postings.lengths),
        )
        connection.executemany(
            "INSERT INTO posting VALUES (?, ?, ?, ?)",
            ((row, *line) for line in postings.rows),
        )
        connection.executemany(
            "INSERT INTO passage VALUES (?, ?, 0, 1, 1, '')",
            ((row, number) for number in range(len(texts))),
        )
    return KeywordIndex(connection, range(1, len(documents) + 1))


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


def scores_of(hits, documents):
    """Return scores in the order of all passages, 0 where a passage was not found."""
    places = [(f"d{row}", n) for row, texts in enumerate(documents, 1) for n in range(len(texts))]
    found = {(hit.passage.span.document, hit.passage.number): hit.score for hit in hits}
    return [found.get(place, 0.0) for place in places]


@pytest.mark.parametrize("query", ["pumps", "the valley road", "flood year pumps", "nothing here"])
def test_scores_equal_an_independent_implementation(query):
    oracle = bm25s.BM25(method="lucene", k1=K1, b=B)
    oracle.index([split_words(text) for text in TEXTS], show_progress=False)
    known = [word for word in split_words(query) if word in oracle.vocab_dict]
    # bm25s leaves out the constant factor (k1 + 1), which changes no order.
    expected = oracle.get_scores(known) * (K1 + 1) if known else np.zeros(len(TEXTS))
    hits = open_index(TEXTS).search(query, k=10)
    assert scores_of(hits, [TEXTS]) == pytest.approx(list(expected), rel=1e-5)


LETTERS = st.lists(st.sampled_from(["ab", "cd", "ef", "gh"]), max_size=6).map(" ".join)
DOCUMENTS = st.lists(st.lists(LETTERS, min_size=1, max_size=5), min_size=1, max_size=3)


@given(DOCUMENTS, LETTERS)
def test_several_documents_are_scored_as_one_collection(documents, query):
    texts = [text for document in documents for text in document]
    if not any(texts):
        return
    hits = open_index(*documents).search(query, k=100)
    assert scores_of(hits, documents) == pytest.approx(by_counting(query, texts))


def test_the_best_come_first_and_equal_ones_in_reading_order():
    hits = open_index(["old road", "new road", "old road", "old old road", "none"]).search("old", 3)
    assert [hit.passage.number for hit in hits] == [3, 0, 2]


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


def test_english_words_are_found_in_other_forms():
    index = open_index(["the pumps were pumping", "the sea"], language="en")
    assert [hit.passage.number for hit in index.search("pumped", 5)] == [0]


def test_a_document_without_words_is_searched_without_fuss():
    assert open_index(["...", "—"]).search("anything", 5) == []


@pytest.mark.parametrize("query", ["pump pumps", "pumps pumping pump"])
def test_words_of_one_stem_count_once_where_they_are_one_term(query):
    stemmed = open_index(TEXTS, language="en")
    assert scores_of(stemmed.search(query, 9), [TEXTS]) == scores_of(
        stemmed.search("pump", 9), [TEXTS]
    )
    apart = scores_of(open_index(TEXTS).search(query, 9), [TEXTS])
    assert apart == pytest.approx(by_counting(query, TEXTS))
