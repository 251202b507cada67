"""Reading windows."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.document import Heading
from agent.passage import cut_passages
from agent.window import cut_windows
from model.tokens import count_tokens
from tests.make import make_document


@given(
    st.text(alphabet="ab .\n。中ก้ເา🙂é", min_size=1, max_size=400),
    st.integers(1, 12),
    st.integers(1, 60),
)
def test_windows_cover_the_passages_once_and_fit(text, passage_tokens, window_tokens):
    document = make_document(text)
    passages = cut_passages(document, count_tokens, passage_tokens)
    windows = cut_windows(document, passages, count_tokens, window_tokens)
    texts = [text[window.span.start : window.span.end] for window in windows]
    assert "".join(texts) == text
    assert [passage for window in windows for passage in window.passages] == passages
    assert [window.number for window in windows] == list(range(len(windows)))
    assert [window.tokens for window in windows] == count_tokens(texts)
    assert all(w.tokens <= window_tokens or len(w.passages) == 1 for w in windows)


def test_a_window_takes_what_fits():
    document = make_document("The first one is here. " * 400)
    passages = cut_passages(document, count_tokens, 30)
    windows = cut_windows(document, passages, count_tokens, 300)
    for window, following in pairwise(windows):
        assert sum(p.tokens for p in window.passages) + following.passages[0].tokens > 300


def test_a_window_knows_its_headings():
    text = "Alpha. " * 60 + "\nMethods\n" + "Beta. " * 60
    headings = (Heading(1, "Report", 0), Heading(2, "Methods", text.index("Methods")))
    document = make_document(text, headings=headings)
    windows = cut_windows(document, cut_passages(document, count_tokens, 50), count_tokens, 120)
    assert windows[0].heading_path == ("Report",)
    assert windows[-1].heading_path == ("Report", "Methods")
