"""Uploads have an end: in memory and on the disk, for one person as for all."""

import io

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from agent import Library
from app.identity import COOKIE
from app.jobs.journal import Journal
from app.quota import MEGABYTE, UploadQuota, refusal, used
from app.settings import Limits
from app.turn import Submission
from app.uploads import keep_upload
from tests.agent.formats.make_pdf import draw, text
from tests.make import make_document

SECRETS = {name: name * 43 for name in "abc"}


@pytest.fixture
def client(monkeypatch, tmp_path):
    """Return a browser before a server that keeps what is uploaded, by session."""
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path))
    monkeypatch.delenv("LONGREAD_USER_HEADER", raising=False)
    stored = {}

    async def take(request: Request):
        session = request.path_params["session"]
        stored[session] = stored.get(session, 0) + len(await request.body())
        return PlainTextResponse("kept", 204)

    quota = Middleware(UploadQuota, held=lambda: stored, person_bytes=100, all_bytes=250)
    route = Route("/_stcore/upload_file/{session}/{file}", take, methods=["PUT"])
    served = TestClient(Starlette(routes=[route], middleware=[quota]))
    served.stored = stored
    return served


def put(client, who, session, size, **options):
    return client.put(
        f"/_stcore/upload_file/{session}/f", cookies={COOKIE: SECRETS[who]},
        content=b"x" * size, **options,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore:Setting per-request cookies")
def test_a_person_has_so_much_memory_over_all_tabs_and_it_comes_back(client):
    assert put(client, "a", "tab1", 60).status_code == 204
    refused = put(client, "a", "tab2", 41)
    assert (refused.status_code, "hand in what was dropped" in refused.text) == (413, True)
    assert put(client, "a", "tab2", 40).status_code == 204
    assert put(client, "b", "tab3", 100).status_code == 204
    client.stored["tab1"] = 0  # handed in: it lies on the disk now
    assert put(client, "a", "tab2", 60).status_code == 204


@pytest.mark.filterwarnings("ignore:Setting per-request cookies")
def test_all_have_so_much_together(client):
    assert [put(client, who, who, 90).status_code for who in "abc"] == [204, 204, 413]


@pytest.mark.filterwarnings("ignore:Setting per-request cookies")
def test_a_file_that_does_not_say_how_long_it_is_is_not_taken(client):
    def pieces():
        yield b"x" * 1_000

    response = client.put(
        "/_stcore/upload_file/s/f", cookies={COOKIE: SECRETS["a"]}, content=pieces()
    )
    assert response.status_code == 411
    assert client.stored == {}


def test_documents_and_files_that_wait_count_for_their_people_and_once_in_all(tmp_path):
    library, journal = Library(tmp_path), Journal(tmp_path)
    path = tmp_path / "a.pdf"
    path.write_bytes(draw(text("The dam held.")))
    pdf, plain = library.add(path), make_document("word " * 1000, name="b.txt")
    library.keep(plain)
    tokens = {entry.id: entry.tokens for entry in library.documents()}
    sizes = [path.stat().st_size + 4 * tokens[pdf.id], 4 * tokens[plain.id]]
    for owner, document in (("ann", pdf), ("bob", pdf), ("bob", plain)):
        journal.owners.own(owner, document.id, document.name)
    upload = keep_upload("c.txt", io.BytesIO(b"x" * 500), tmp_path)
    journal.submit("ann", (), Submission("", (upload,)))
    found = used(library, journal)
    assert found.by_person == {"ann": sizes[0] + 500, "bob": sum(sizes)}
    assert found.in_all == sum(sizes) + 500


@pytest.mark.parametrize(
    ("limits", "size", "said"),
    [
        (Limits(2, 9), MEGABYTE, ""),
        (Limits(2, 9), 2 * MEGABYTE, "has 2.0 MB and your documents take 1.0 of the 2 MB"),
        (Limits(9, 2), 2 * MEGABYTE, "nearly 2 MB"),
    ],
)
def test_what_has_no_room_is_refused_with_the_numbers(tmp_path, limits, size, said):
    library, journal = Library(tmp_path), Journal(tmp_path)
    upload = keep_upload("c.txt", io.BytesIO(b"x" * MEGABYTE), tmp_path)
    journal.submit("ann", (), Submission("", (upload,)))
    found = refusal(library, journal, "ann", size, limits)
    assert said in found
    assert bool(said) == bool(found)
