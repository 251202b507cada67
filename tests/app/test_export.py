"""Conversations as files: whole, harmless, and their owner's alone."""

import csv
import io
import json
import re
import secrets

import pytest
from markdown_it import MarkdownIt
from starlette.applications import Starlette
from starlette.testclient import TestClient

from agent import Answer, Citation, Coverage
from agent.coverage import DocumentCoverage, Stretch
from agent.evidence import Item, Usage
from agent.progress import Progress
from app.export import as_csv, as_json, as_markdown, as_page
from app.identity import COOKIE, owner_of
from app.jobs.journal import Journal
from app.routes import ROUTES
from app.shared import forget_shared
from app.turn import Source, Submission, Turn

A = "a" * 64
EVIL = (
    "<img src=http://evil.test/a.png> ![x](http://evil.test/b) [click](http://evil.test) <script>"
)


def turn(question, text, *quotes, items=()):
    """Return a turn that is over, with a source for each quote."""
    citations = tuple(
        Citation(n, A, "the*report*.pdf", 9 + n, "x", 0, len(quote), quote)
        for n, quote in enumerate(quotes, start=1)
    )
    coverage = Coverage(
        documents=(DocumentCoverage(A, "the*report*.pdf", 20, (Stretch(1, 20, "read"),), (10,)),)
    )
    answer = Answer(
        question,
        text,
        True,
        "scripted",
        "retrieve",
        citations,
        0,
        coverage,
        Usage(),
        1.0,
        items=items,
    )
    sources = tuple(Source(citation, "before ", " after") for citation in citations)
    return Turn(question, (A,), Progress(answer=answer), sources=sources, done=True)


@pytest.fixture
def secret():
    return secrets.token_urlsafe(32)


@pytest.fixture
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    yield Journal(tmp_path / "home")
    forget_shared()


@pytest.fixture
def keep(journal, secret):
    """Return a function that puts turns into the journal as what the holder of the secret asked."""

    def put(*turns):
        for each in turns:
            journal.submit(owner_of(secret), (A,), Submission(each.question))
            job = journal.claim("w")
            journal.finish(journal.save(job, each))
        return journal.conversation(owner_of(secret), (A,))

    return put


def shown(markdown):
    """Return what a reader of Markdown is shown, and what it would ask the network for."""
    html = MarkdownIt().render(markdown)
    return html, re.findall(r'(?:src|href)="([^"]*)"', html)


def test_markdown_holds_questions_answers_and_their_footnotes(keep):
    jobs = keep(turn("Why *so*?", "It was 11 [1], not 12 [7].", "It\nwas 11."), turn("And?", "No."))
    text = as_markdown(jobs)
    assert text.startswith("# the\\*report\\*.pdf\n\n## Why \\*so\\*?\n\nIt was 11 [^1-1], not 12 ")
    assert "[^1-1]: the\\*report\\*.pdf, page 10 (label x): “It was 11.”" in text
    assert text.index("## And?") > text.index("[^1-1]:")


@pytest.mark.parametrize("place", ["question", "answer", "quote"])
def test_what_documents_and_models_write_is_text_everywhere(keep, place):
    parts = {"question": "Why?", "answer": "So [1].", "quote": "So."} | {place: EVIL}
    jobs = keep(turn(parts["question"], parts["answer"], parts["quote"]))
    _, asked = shown(as_markdown(jobs))
    assert asked == []
    page = as_page(jobs)
    assert re.findall(r'(?:src|href)=("?[^ >]*)', page.replace("&lt;img src=http", "")) == [
        '"print.js"'
    ]
    assert set(re.findall(r"<(\\w+)", page)) <= {
        "html", "head", "meta", "title", "style", "script", "body", "h1", "h2", "div", "ol", "li",
        "blockquote", "p",
    }  # fmt: skip


def test_json_holds_answers_as_the_command_line_prints_them(keep):
    first, second = turn("Why?", "So [1].", "So."), turn("And?", "No.")
    kept = json.loads(as_json(keep(first, second)))
    assert kept["documents"] == {A: "the*report*.pdf"}
    assert kept["answers"] == json.loads(
        json.dumps([first.progress.answer.to_dict(), second.progress.answer.to_dict()])
    )


def test_csv_holds_the_list_of_the_last_answer(keep):
    listed = turn("All?", "2 items:", "Osk", "=Thole()", items=(Item("Osk", (1,)), Item("T", (2,))))
    rows = list(csv.DictReader(io.StringIO(as_csv(keep(turn("Why?", "So."), listed)))))
    assert [(row["item"], row["page"], row["quote"]) for row in rows] == [
        ("Osk", "10", "Osk"),
        ("T", "11", "'=Thole()"),
    ]
    assert as_csv([]) == ""


def get(path, secret=""):
    client = TestClient(Starlette(routes=ROUTES))
    if secret:
        client.cookies.set(COOKIE, secret)
    return client.get(path)


def test_files_are_given_to_their_owner_alone(keep, secret):
    keep(turn("Why?", "So [1].", "So."), turn("And?", "No."))
    said = get("/export/2.md", secret)
    assert said.headers["content-type"] == "text/markdown; charset=utf-8"
    assert said.headers["content-disposition"] == 'attachment; filename="longread-2.md"'
    assert said.headers["cache-control"] == "private, no-store"
    assert "## And?" in said.text
    assert "## And?" not in get("/export/1.md", secret).text  # it was asked after that
    for stranger in ("", secrets.token_urlsafe(32), "short"):
        refused = get("/export/2.md", stranger)
        assert (refused.status_code, "Why" in refused.text) == (404, False)
    assert get("/export/3.md", secret).status_code == 404
    assert get("/export/2.exe", secret).status_code == 404


def test_the_page_to_print_opens_in_the_browser_with_a_script_of_our_own(keep, secret):
    keep(turn("Why?", "So [1].", "So."))
    said = get("/export/1.html", secret)
    assert "content-disposition" not in said.headers
    assert '<script src="print.js" defer>' in said.text
    script = get("/export/print.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "print()" in script.text
