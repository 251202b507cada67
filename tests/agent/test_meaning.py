"""Search by meaning in a library: filled in behind, weighed with words, gone with its document."""

import contextlib
import sqlite3

import pytest

from agent.index.fill import Filling
from agent.library import Library
from model.scripted import HashedWords
from tests.make import make_document

PUMP = "The pump was rebuilt in 1974.\n" * 3
BOAT = "A boat crossed the bay at dawn.\n" * 3


class Meaning(HashedWords):
    """Puts what is about water near "vessel", a word that stands nowhere."""

    def _vector(self, text):
        return [1.0, 0.0] if {"boat", "vessel"} & set(text.lower().split()) else [0.0, 1.0]

    def embed_documents(self, texts):
        self.embedded += texts
        return [self._vector(text) for text in texts]

    def embed_query(self, text):
        return self._vector(text)


@pytest.fixture
def embedder():
    return Meaning(2)


@pytest.fixture
def library(tmp_path, embedder):
    return Library(tmp_path / "home", embedder)


def keep(library, *pages, name="report.txt"):
    document = make_document(*pages, name=name)
    library.keep(document)
    return document.id


def found(library, query, identity, **options):
    text = library.document(identity).text
    spans = [hit.passage.span for hit in library.search(query, [identity], 5, **options)]
    return [text[span.start : span.end].split("\n")[0] for span in spans]


def vectors(library):
    with contextlib.closing(sqlite3.connect(library.home / "library.db")) as connection:
        return connection.execute("SELECT count(*) FROM vector").fetchone()[0]


def test_what_has_no_vector_yet_is_found_by_its_words(library):
    identity = keep(library, PUMP, BOAT)
    assert found(library, "vessel", identity) == []
    assert found(library, "boat", identity) != []


def test_once_filled_a_passage_is_found_by_what_it_means(library):
    identity = keep(library, PUMP * 40, BOAT * 40)
    *_, last = library.filling([identity[:12]])
    assert last == Filling(last.total, last.total)
    assert found(library, "vessel", identity)[0].startswith("A boat crossed")


def test_phrases_beginnings_and_pages_ask_for_words(library):
    identity = keep(library, PUMP * 40, BOAT * 40)
    list(library.filling([identity]))
    assert found(library, '"vessel"', identity, operators=True) == []
    assert found(library, "vess*", identity, operators=True) == []
    assert found(library, "vessel", identity, pages=(2, 2)) == []


def test_a_document_in_a_language_the_model_is_not_made_for_is_left_to_words(tmp_path):
    embedder = Meaning(2, languages=frozenset({"en"}))
    library = Library(tmp_path / "home", embedder)
    identity = keep(library, "Das Boot fuhr bei Tagesanbruch über die Bucht und kam nicht.\n" * 9)
    assert list(library.filling([identity])) == []
    assert embedder.embedded == []
    assert found(library, "vessel", identity) == []
    assert found(library, "Boot", identity) != []


def test_without_an_embedder_nothing_is_filled(tmp_path):
    library = Library(tmp_path / "home")
    assert list(library.filling([keep(library, PUMP)])) == []


def test_a_removed_document_leaves_no_vector_behind(library):
    first = keep(library, PUMP, name="a.txt")
    second = keep(library, PUMP, BOAT * 60, name="b.txt")
    list(library.filling([first, second]))
    before = vectors(library)
    library.remove(second)
    assert 0 < vectors(library) < before
    library.remove(first)
    assert vectors(library) == 0


def test_after_a_rebuild_the_vectors_are_made_again(library):
    identity = keep(library, PUMP, BOAT * 40)
    list(library.filling([identity]))
    with contextlib.closing(sqlite3.connect(library.home / "library.db")) as connection:
        connection.execute("INSERT INTO heading VALUES (77, 1, 1, 'of nothing', 0)")
        connection.commit()
    list(library.check(repair=True))
    assert vectors(library) == 0
    assert found(library, "boat", identity) != []
    *_, last = library.filling([identity])
    assert last.done == last.total > 0
    assert found(library, "vessel", identity)[0].startswith("A boat crossed")


BOATS = "".join(f"Boat {n} crossed the bay at dawn.\n" for n in range(100))
PUMPS = "".join(f"The pump of the bay was rebuilt in {1900 + n}.\n" for n in range(100))


class ByWord:
    """Judges by how often a word stands in a passage, and keeps what it was given."""

    def __init__(self, word):
        self.word = word
        self.texts = []

    def score(self, query, texts):
        assert query == "bay pump"
        self.texts += texts
        return [float(text.count(self.word)) for text in texts]


@pytest.mark.parametrize("word", ["Boat", "pump"])
@pytest.mark.parametrize("meaning", [True, False])
def test_a_reranker_puts_the_best_passages_in_its_order(tmp_path, embedder, word, meaning):
    library = Library(tmp_path / "home", embedder if meaning else None, ByWord(word))
    identity = keep(library, BOATS, PUMPS)
    list(library.filling([identity]))
    text = library.document(identity).text
    hits = library.search("bay pump", [identity], 50)
    counts = [text[hit.passage.span.start : hit.passage.span.end].count(word) for hit in hits]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    assert [hit.score for hit in hits] == counts
    # A phrase asks for words: what words alone find comes as they find it.
    alone = Library(tmp_path / "home").search('"the bay"', [identity], 50, operators=True)
    assert library.search('"the bay"', [identity], 50, operators=True) == alone != []


def test_a_reranker_reads_the_passages_of_each_document_on_the_pages_asked_for(tmp_path):
    reranker = ByWord("pump")
    library = Library(tmp_path / "home", reranker=reranker)
    one, other = keep(library, BOATS, PUMPS), keep(library, "x\n", BOATS, name="other.txt")
    found = {}
    for hit in library.search("bay pump", [one, other], 50, pages=(2, 2)):
        span = hit.passage.span
        found[library.document(span.document).text[span.start : span.end]] = span.document
    assert set(reranker.texts) == set(found)
    assert set(found.values()) == {one, other}
    assert not any("Boat" in text and found[text] == one and "pump" not in text for text in found)
