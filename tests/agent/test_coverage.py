"""What was read is told page by page, exactly once, and in one sentence."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from agent.coverage import Ledger, Stretch
from agent.document import Document, Note, Page, Span
from agent.passage import Passage
from tests.make import make_document


def passages_at(document, *cuts):
    edges = [0, *cuts, len(document.text)]
    return [
        Passage(Span(document.id, start, end), number, end - start)
        for number, (start, end) in enumerate(itertools.pairwise(edges))
    ]


DOCUMENT = make_document("one two\n", "three\n", "\n", "four five six\n", "seven\n")


def test_pages_are_told_by_what_became_of_their_passages():
    passages = passages_at(DOCUMENT, 8, 14, 20)  # page 4 is cut in two
    ledger = Ledger([(DOCUMENT, passages)])
    ledger.searched()
    ledger.read("retrieve", passages[:1])
    ledger.failed("sweep", passages[1:2])
    ledger.read("sweep", passages[2:3])
    coverage = ledger.coverage([Span(DOCUMENT.id, 2, 5)])
    (told,) = coverage.documents
    assert told.stretches == (
        Stretch(1, 1, "read"),
        Stretch(2, 2, "failed"),
        Stretch(3, 3, "blank"),
        Stretch(4, 4, "partly"),
        Stretch(5, 5, "unread"),
    )
    assert told.used == (1,)
    assert coverage.sentence == (
        "Read 1 of 5 pages and parts of 1 more; reading failed on pages: 2"
    )
    assert (coverage.tokens_read, coverage.tokens_total) == (14, len(DOCUMENT.text))
    assert (coverage.passages_read, coverage.failed) == (2, 1)
    assert [(s.name, s.passages, s.tokens, s.failed) for s in coverage.steps] == [
        ("search", 4, len(DOCUMENT.text), 0),
        ("retrieve", 1, 8, 0),
        ("sweep", 1, 6, 1),
    ]


def test_a_passage_that_was_read_after_it_failed_is_read():
    passages = passages_at(DOCUMENT)
    ledger = Ledger([(DOCUMENT, passages)])
    ledger.failed("retrieve", passages)
    assert ledger.coverage().failed == 1
    ledger.read("sweep", passages)
    assert ledger.coverage().failed == 0
    ledger.failed("sweep", passages)
    assert ledger.coverage().is_complete


def test_pages_that_nobody_could_read_as_text_are_named_with_their_document():
    scan = Document(
        "s", "scan.pdf", "pdf", "e", "words\n\n\n",
        (Page(1, "1", 0, 6), Page(2, "2", 6, 7), Page(3, "3", 7, 8)),
        (), notes=(Note(2, "scan"), Note(3, "unread")),
    )  # fmt: skip
    ledger = Ledger([(scan, passages_at(scan)), (DOCUMENT, passages_at(DOCUMENT))])
    ledger.read("sweep", passages_at(scan))
    assert ledger.coverage().sentence == (
        "Read 1 of 8 pages; could not be read as text: pages: 2-3 of scan.pdf"
    )


@given(
    st.lists(st.sampled_from(["", "word ", "two words\n"]), min_size=1, max_size=12),
    st.data(),
)
def test_the_map_covers_every_page_once_and_counts_no_token_twice(pages, data):
    document = make_document(*pages)
    cuts = data.draw(st.sets(st.integers(1, max(1, len(document.text) - 1)), max_size=9))
    passages = passages_at(document, *sorted(cut for cut in cuts if cut < len(document.text)))
    ledger = Ledger([(document, passages)])
    chosen = data.draw(st.lists(st.sampled_from(passages)))
    for number, passage in enumerate(chosen):
        (ledger.failed if number % 3 == 0 else ledger.read)("sweep", [passage])
    coverage = ledger.coverage()
    (told,) = coverage.documents
    numbers = [n for s in told.stretches for n in range(s.first, s.last + 1)]
    assert numbers == [page.number for page in document.pages]
    read = {p.span for n, p in enumerate(chosen) if n % 3}
    assert coverage.tokens_read == sum(p.tokens for p in passages if p.span in read)
    for page, state in zip(document.pages, _states(told), strict=True):
        touching = [p for p in passages if p.span.start < page.end and page.start < p.span.end]
        if state == "read":
            assert all(p.span in read for p in touching)
        if state == "unread":
            assert not any(p.span in read for p in touching)


def _states(told):
    return [s.state for s in told.stretches for _ in range(s.first, s.last + 1)]
