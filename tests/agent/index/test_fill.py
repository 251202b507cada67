"""Filling behind: resumable, stoppable, in small commits, and no trouble to others."""

import time

import numpy as np
import pytest

from agent.index.fill import Filling, _next_size, fill
from agent.index.vectors import read_vectors
from agent.store import Store
from model.scripted import HashedWords
from tests.agent.index.shelf import counted, put

TEXTS = [f"passage {n} " for n in range(40)]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def covered(store, row, embedder):
    with store.reading() as connection:
        return read_vectors(connection, [row], embedder.model_id).covered


def test_progress_counts_passages_from_what_is_there_to_all(store):
    put(store, "d1", *TEXTS, TEXTS[0])
    steps = list(fill(store, ["d1"], HashedWords(16)))
    assert steps[0] == Filling(0, 41)
    assert steps[-1] == Filling(41, 41)
    assert [step.done for step in steps] == sorted({step.done for step in steps})


def test_closing_it_keeps_what_was_yielded_and_the_next_run_goes_on(store):
    row, embedder = put(store, "d1", *TEXTS), HashedWords(16)
    steps = fill(store, ["d1"], embedder)
    next(steps)
    step = next(steps)
    steps.close()
    assert 0 < step.done < 40
    assert covered(store, row, embedder) == step.done / 40
    again = list(fill(store, ["d1"], embedder))
    assert again[0].done == step.done
    assert again[-1].done == 40
    assert sorted(embedder.embedded) == sorted(TEXTS)  # none of them twice


def test_a_failing_model_costs_its_own_batch(store):
    class Failing(HashedWords):
        def embed_documents(self, texts):
            if TEXTS[20] in texts:
                raise MemoryError
            return super().embed_documents(texts)

    row = put(store, "d1", *TEXTS)
    broken = Failing(16)
    with pytest.raises(MemoryError):
        list(fill(store, ["d1"], broken))
    assert covered(store, row, broken) == len(broken.embedded) / 40 > 0
    assert list(fill(store, ["d1"], HashedWords(16)))[-1].done == 40


def test_each_batch_is_one_short_transaction_and_none_is_open_while_the_model_works(store):
    class Writing(HashedWords):
        def embed_documents(self, texts):
            with store.writing() as connection:  # would wait for ever for an open transaction
                connection.execute("UPDATE document SET added = added + 1")
            return super().embed_documents(texts)

    put(store, "d1", *TEXTS)
    with counted(store) as commits:
        steps = list(fill(store, ["d1"], Writing(16)))
    batches = len(steps) - 1
    assert len(commits) == 1 + 2 * batches  # the hashes; the model's own and ours in each batch


def test_what_another_process_embeds_meanwhile_is_not_embedded_again(store):
    put(store, "d1", *TEXTS)
    first, second = HashedWords(16), HashedWords(16)
    steps = fill(store, ["d1"], first)
    next(steps)
    list(fill(store, ["d1"], second))
    assert list(steps)[-1] == Filling(40, 40)
    assert first.embedded == []


@pytest.mark.parametrize("identity", ["d1", "d2"])
def test_a_document_replaced_or_removed_meanwhile_is_left_alone(store, identity):
    class Changing(HashedWords):
        def embed_documents(self, texts):
            if not self.embedded:
                with store.writing() as connection:
                    connection.execute("DELETE FROM document")
                put(store, identity, *(text.upper() for text in TEXTS))
            return super().embed_documents(texts)

    put(store, "d1", *TEXTS)
    list(fill(store, ["d1"], Changing(16)))
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM vector").fetchone() == (0,)


def test_documents_are_filled_in_the_order_given_and_unknown_ones_passed_over(store):
    put(store, "d1", "one")
    put(store, "d2", "two")
    embedder = HashedWords(16)
    assert list(fill(store, ["d2", "gone", "d1", "d2"], embedder))[-1] == Filling(2, 2)
    assert embedder.embedded == ["two", "one"]


@pytest.mark.parametrize(
    ("size", "seconds", "expected"),
    [(8, 0.1, 16), (8, 0.7, 8), (8, 1.2, 4), (1, 9.0, 1), (512, 0.1, 512)],
)
def test_batches_grow_and_shrink_with_the_time_they_take(size, seconds, expected):
    assert _next_size(size, seconds) == expected


def test_it_yields_within_two_seconds_whatever_the_model_takes(store):
    class Slow(HashedWords):
        def embed_documents(self, texts):
            time.sleep(0.08 * len(texts))
            return super().embed_documents(texts)

    put(store, "d1", *TEXTS)
    steps = fill(store, ["d1"], Slow(16))
    times = [time.monotonic(), *(time.monotonic() for _ in steps)]
    assert np.diff(times).max() < 2
