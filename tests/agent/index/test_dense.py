"""Dense search against brute force, the approximate index by its recall."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.index.dense import (
    FOREIGN_WEIGHT,
    OWN_WEIGHT,
    PROBED_SHARE,
    DenseIndex,
    DenseIndexes,
    Nearest,
)
from agent.index.fill import fill
from agent.store import Store
from model.scripted import HashedWords
from tests.agent.index.shelf import put

pytest.importorskip("faiss")

TEXTS = [
    "The pumps in the valley failed.",
    "Nobody was hurt.",
    "The flood of 1998 filled the valley and the valley road.",
    "Nobody was hurt.",
    "A year later the road was open.",
]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def embedder():
    return HashedWords(64)


def unit(matrix):
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def clustered(count, dimensions=64, seed=0):
    """Return vectors in heaps of uneven size, as those of texts are."""
    topics = np.random.default_rng(99).standard_normal((200, dimensions))
    random = np.random.default_rng(seed)
    chosen = np.minimum(random.geometric(0.02, count), 200) - 1
    return unit(topics[chosen] + 0.8 * random.standard_normal((count, dimensions)))


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_exact_search_is_brute_force(count, k, seed):
    matrix = clustered(count, seed=seed)
    query = clustered(1, seed=seed + 1)[0]
    numbers, scores = Nearest(matrix).find(query, k)
    brute = matrix @ query
    assert len(numbers) == len(set(numbers.tolist())) == min(k, count)
    assert np.allclose(scores, np.sort(brute)[::-1][:k], atol=1e-5)
    assert np.allclose(scores, brute[numbers], atol=1e-5)


def test_above_the_threshold_99_of_100_of_the_nearest_20_are_found():
    matrix, queries = clustered(20_000), clustered(200, seed=7)
    index = Nearest(matrix, approximate_from=20_000)
    assert not index.is_exact
    assert Nearest(matrix[:10], approximate_from=11).is_exact
    found = [set(index.find(query, 20)[0].tolist()) for query in queries]
    true = np.argsort(-(queries @ matrix.T), axis=1)[:, :20]
    recall = np.mean([len(f & set(t.tolist())) / 20 for f, t in zip(found, true, strict=True)])
    assert recall >= 0.99
    assert index._index.nprobe < index._index.nlist / 4  # it does leave most of them out
    assert pytest.approx(index._index.nlist * PROBED_SHARE, abs=1) == index._index.nprobe


def test_the_approximate_index_is_the_same_each_time():
    matrix, query = clustered(2_000), clustered(1, seed=3)[0]
    first, second = (Nearest(matrix, 1).find(query, 50) for _ in range(2))
    assert np.array_equal(first[0], second[0])


def test_few_vectors_and_many_asked_for():
    for approximate_from in (1, 100):
        numbers, _ = Nearest(clustered(3), approximate_from).find(clustered(1)[0], 50)
        assert len(numbers) <= 3


def test_search_ranks_passages_by_cosine_and_keeps_their_places(store, embedder):
    row = put(store, "d1", *TEXTS)
    list(fill(store, ["d1"], embedder))
    with store.reading() as connection:
        index = DenseIndex(connection, [row], embedder)
        hits = index.search("the valley road", 5)
    cosines = np.array(embedder.embed_documents(TEXTS)) @ embedder.embed_query("the valley road")
    assert [hit.passage.number for hit in hits] == np.argsort(-cosines, kind="stable").tolist()
    assert np.allclose([hit.score for hit in hits], np.sort(cosines)[::-1], atol=1e-3)
    span = hits[0].passage.span
    assert (span.document, "".join(TEXTS)[span.start : span.end]) == ("d1", TEXTS[2])


def test_the_same_text_comes_in_reading_order_documents_as_given(store, embedder):
    one, two = put(store, "d1", *TEXTS), put(store, "d2", "Nobody was hurt.", "Else")
    list(fill(store, ["d1", "d2"], embedder))
    with store.reading() as connection:
        hits = DenseIndex(connection, [two, one], embedder).search("Nobody was hurt.", 3)
        two_of_three = DenseIndex(connection, [one, two], embedder).search("Nobody was hurt.", 2)
    places = [(hit.passage.span.document, hit.passage.number) for hit in hits]
    assert places == [("d2", 0), ("d1", 1), ("d1", 3)]
    assert [hit.passage.number for hit in two_of_three] == [1, 3]


def test_what_has_no_vector_is_not_found_and_covered_says_so(store, embedder):
    row = put(store, "d1", *(f"word{n} " for n in range(20)))
    steps = fill(store, ["d1"], embedder)
    for expected in (0, 8):
        assert next(steps).done == expected
        with store.reading() as connection:
            index = DenseIndex(connection, [row], embedder)
            hits = index.search("word15", 20)
            assert index.covered == expected / 20
            assert len(hits) == expected
    steps.close()


def test_nothing_to_search_asks_nothing_of_the_model(store, monkeypatch, embedder):
    monkeypatch.setattr(embedder, "embed_query", None)
    with store.reading() as connection:
        index = DenseIndex(connection, [], embedder)
        assert index.search("anything", 5) == []
        assert index.covered == 1


def test_the_weight_goes_by_language_and_by_whether_there_is_a_vector(store):
    english = HashedWords(16, languages=frozenset({"en"}))
    rows = [put(store, "d1", "one", language="en"), put(store, "d2", "zwei", language="")]
    list(fill(store, ["d1", "d2"], english))
    rows.append(put(store, "d3", "three", language="en"))
    with store.reading() as connection:
        index = DenseIndex(connection, rows, english)
        passages = [index._passage(row, 0) for row in rows]
        assert [index.weight(p) for p in passages] == [OWN_WEIGHT, FOREIGN_WEIGHT, 0]
        any_language = DenseIndex(connection, rows, HashedWords(16))
        assert [any_language.weight(p) for p in passages] == [OWN_WEIGHT, OWN_WEIGHT, 0]


def test_vectors_stay_in_memory_until_they_change(store, embedder):
    row = put(store, "d1", *TEXTS)
    list(fill(store, ["d1"], embedder))
    indexes = DenseIndexes(embedder)

    def shelf(rows=(row,)):
        with store.reading() as connection:
            return indexes.open(connection, rows).shelf

    first = shelf()
    assert shelf() is first
    put(store, "d1", "new text")
    renewed = shelf()
    assert renewed is not first
    assert renewed.vectors.covered == 0
    list(fill(store, ["d1"], embedder))
    assert shelf().vectors.covered == 1


def test_another_text_of_the_same_documents_takes_the_place_of_the_first(store, embedder):
    row, other = put(store, "d1", *TEXTS), put(store, "d2", "text")
    indexes = DenseIndexes(embedder)
    for _ in range(3):
        put(store, "d3", "text")  # moves the counters, so every index is another now
        with store.reading() as connection:
            indexes.open(connection, [row])
            indexes.open(connection, [other])
    assert list(indexes._kept) == [(row,), (other,)]


def test_two_threads_that_search_the_same_use_one_index(store, embedder):
    row = put(store, "d1", *TEXTS)
    list(fill(store, ["d1"], embedder))
    indexes = DenseIndexes(embedder)
    with store.reading() as connection:
        first = indexes.open(connection, [row]).shelf
    together = threading.Barrier(8)

    def search(_):
        with store.reading() as connection:
            together.wait()
            shelves = {id(indexes.open(connection, [row]).shelf) for _ in range(50)}
        return shelves == {id(first)}

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(search, range(8)))


def test_threads_search_while_vectors_are_made(store, embedder):
    texts = [f"the {word} of passage {n} " for n in range(60) for word in ("pump", "road", "boat")]
    row = put(store, "d1", *texts)
    indexes, ended = DenseIndexes(embedder), threading.Event()

    def search(number):
        covered = []
        while not covered or not ended.is_set() or covered[-1] < 1:
            with store.reading() as connection:
                index = indexes.open(connection, [row])
                hits = index.search(texts[number], 3)
                covered.append(index.covered)
                assert len(hits) == min(3, round(index.covered * len(texts)))
                if index.covered == 1:
                    assert hits[0].passage.number == number
        return covered

    with ThreadPoolExecutor(6) as threads:
        searches = [threads.submit(search, number * 29) for number in range(6)]
        list(fill(store, ["d1"], embedder))
        ended.set()
        for each in searches:
            covered = each.result(timeout=60)
            assert covered == sorted(covered)
            assert covered[-1] == 1


def test_only_a_few_indexes_are_kept(store, embedder):
    rows = [put(store, f"d{n}", "text") for n in range(6)]
    list(fill(store, [f"d{n}" for n in range(6)], embedder))
    indexes = DenseIndexes(embedder)
    with store.reading() as connection:
        for row in rows:
            indexes.open(connection, [row])
    assert len(indexes._kept) == 4


def test_importing_it_loads_nothing_heavy():
    code = (
        "import agent.index.dense, agent.index.fuse, agent.index.fill, agent.index.rerank, sys;"
        "print({'torch', 'faiss', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
