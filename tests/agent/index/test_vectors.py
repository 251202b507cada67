"""Vectors under their content: kept once, found damaged, gone with the last such text."""

from hashlib import sha256

import numpy as np
import pytest

from agent.index.fill import fill
from agent.index.vectors import (
    find_made,
    find_wanted,
    forget_unused,
    keep_vectors,
    name_passages,
    read_stamp,
    read_vectors,
)
from agent.store import Store
from model.scripted import HashedWords
from tests.agent.index.shelf import put

TEXTS = ("red pump ", "blue water ", "red pump ", "green")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def embedder():
    return HashedWords(64)


def drain(store, documents, embedder):
    return list(fill(store, documents, embedder))


def read(store, row, embedder):
    with store.reading() as connection:
        return read_vectors(connection, [row], embedder.model_id)


def change(store, statement, *values):
    with store.writing() as connection:
        assert connection.execute(statement, values).rowcount > 0


def test_vectors_come_back_as_they_were_made_in_half_precision(store, embedder):
    row = put(store, "d1", *TEXTS[:3])
    drain(store, ["d1"], embedder)
    vectors = read(store, row, embedder)
    wanted = np.array([embedder.embed_query(text) for text in TEXTS[:2]], np.float16)
    assert vectors.matrix.dtype == np.float32
    assert np.array_equal(vectors.matrix, wanted.astype(np.float32))
    assert vectors.places == ((row, 0), (row, 1), (row, 2))
    assert vectors.texts.tolist() == [0, 1, 0]
    assert (vectors.covered, vectors.damaged) == (1.0, 0)


def test_the_key_is_the_sha256_of_the_text(store):
    row = put(store, "d1", "red pump ", "Grüße")
    with store.writing() as connection:
        name_passages(connection, row)
        keys = connection.execute("SELECT hash FROM passage_text ORDER BY number").fetchall()
    assert keys == [(sha256(b"red pump ").digest(),), (sha256("Grüße".encode()).digest(),)]


def test_the_same_text_is_embedded_once_in_all_documents(store, embedder):
    put(store, "d1", *TEXTS[:3])
    put(store, "d2", "red pump ", "green")
    drain(store, ["d1", "d2"], embedder)
    assert sorted(embedder.embedded) == ["blue water ", "green", "red pump "]


def test_another_model_has_vectors_of_its_own(store, embedder):
    row = put(store, "d1", *TEXTS[:2])
    other = HashedWords(64, model_id="other")
    drain(store, ["d1"], embedder)
    assert read(store, row, other).covered == 0
    drain(store, ["d1"], other)
    assert read(store, row, embedder).covered == read(store, row, other).covered == 1


@pytest.mark.parametrize("column", ["numbers", "digest"])
def test_a_damaged_vector_counts_as_not_there_and_is_made_again(store, embedder, column):
    row = put(store, "d1", *TEXTS[:3])
    drain(store, ["d1"], embedder)
    sound = read(store, row, embedder)
    key = sha256(b"red pump ").digest()
    (blob,) = _one(store, f"SELECT {column} FROM vector WHERE hash = ?", key)
    flipped = bytes([blob[0] ^ 1]) + blob[1:]
    change(store, f"UPDATE vector SET {column} = ? WHERE hash = ?", flipped, key)
    vectors = read(store, row, embedder)
    assert vectors.places == ((row, 1),)
    assert (vectors.covered, vectors.damaged) == (1 / 3, 2)
    with store.reading() as connection:
        assert find_made(connection, [key], embedder.model_id) == set()
    steps = drain(store, ["d1"], embedder)
    assert (steps[0].done, steps[0].total, steps[0].repaired) == (1, 3, 1)
    assert np.array_equal(read(store, row, embedder).matrix, sound.matrix)
    assert embedder.embedded.count("red pump ") == 2


def test_a_vector_of_another_text_or_model_does_not_match_its_digest(store, embedder):
    row = put(store, "d1", *TEXTS[:2])
    drain(store, ["d1"], embedder)
    change(store, "UPDATE vector SET model = 'other'")
    assert read(store, row, HashedWords(64, model_id="other")).damaged == 2


def _one(store, statement, *values):
    with store.reading() as connection:
        return connection.execute(statement, values).fetchone()


def test_what_is_removed_leaves_no_vector_that_nothing_else_needs(store, embedder):
    put(store, "d1", "red pump ", "secret")
    row = put(store, "d2", "red pump ", "green")
    drain(store, ["d1", "d2"], embedder)
    with store.writing() as connection:
        connection.execute("DELETE FROM document WHERE id = 'd1'")
        forget_unused(connection)
    left = _one(store, "SELECT count(*) FROM vector")
    assert left == (2,)
    assert read(store, row, embedder).covered == 1


def test_nothing_is_kept_for_a_document_that_was_removed_meanwhile(store, embedder):
    row = put(store, "d1", *TEXTS[:2])
    with store.writing() as connection:
        name_passages(connection, row)
        wanted = find_wanted(connection, [row], embedder.model_id)
        connection.execute("DELETE FROM document")
        keep_vectors(connection, embedder.model_id, wanted, np.ones((2, 64), np.float32))
        assert connection.execute("SELECT count(*) FROM vector").fetchone() == (0,)


def test_the_stamp_changes_with_whatever_would_be_read(store, embedder):
    row = put(store, "d1", *TEXTS[:3])

    def stamp():
        with store.reading() as connection:
            return read_stamp(connection, [row])

    stamps = [stamp()]
    steps = fill(store, ["d1"], embedder)
    stamps += [stamp() for _ in steps]
    put(store, "d2", "red pump ")
    before = stamp()
    assert before == stamps[-1]
    change(store, "UPDATE document SET added = added + 1 WHERE id = 'd1'")
    stamps.append(stamp())
    assert len(set(stamps)) == len(stamps)


def test_hashes_are_noted_once(store):
    row = put(store, "d1", *TEXTS)
    with store.writing() as connection:
        name_passages(connection, row)
        first = connection.execute("SELECT stamp FROM passage_text").fetchall()
        name_passages(connection, row)
        assert connection.execute("SELECT stamp FROM passage_text").fetchall() == first
        assert len(first) == 4


def test_a_document_without_passages_is_covered(store, embedder):
    row = put(store, "d1")
    assert [(s.done, s.total) for s in drain(store, ["d1"], embedder)] == [(0, 0)]
    assert read(store, row, embedder).covered == 1


def test_many_keys_at_once_are_no_trouble_to_sqlite(store):
    keys = [sha256(bytes([n % 256, n // 256])).digest() for n in range(1201)]
    with store.reading() as connection:
        assert find_made(connection, keys, "m") == set()
