"""The command line: what it prints where, and with which exit code it ends."""

import contextlib
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent import Library, Span
from agent.index.base import Hit
from agent.passage import Passage
from app import cli
from app.jobs.journal import Journal
from app.show import _shorten, hits_json
from app.turn import Submission
from tests.agent.formats.make import HARBOUR_PDF, encrypt
from tests.make import make_document


def test_ask_answers_on_stdout_and_says_who_reads_on_stderr(run, story):
    code, out, err = run("ask", "Who rebuilt the station?", story)
    assert code == 0
    assert "“The station was rebuilt by the engineer Ida Korhonen in 1974.” [1]" in out
    assert "[1] story.txt, page 4 (lines 170-204)" in out
    assert "no language model wrote this answer" in out
    assert "longread models get qwen2-" in err
    assert "Traceback" not in err


def test_a_locked_file_is_added_with_the_password_that_a_pipe_gives(run, tmp_path, monkeypatch):
    path = tmp_path / "locked.pdf"
    path.write_bytes(encrypt(HARBOUR_PDF, "secret word"))
    code, _, err = run("add", str(path))
    assert code == 1
    assert "is protected by a password; `longread add --password` asks for it." in err
    monkeypatch.setattr("sys.stdin", io.StringIO("secret word\n"))
    assert run("add", "--password", str(path))[0] == 0
    assert run("search", "dredged 1907", str(path))[0] == 0


def test_search_json_gives_places_in_the_canonical_text(run, story, home):
    code, out, _ = run("search", "engineer station", story, "-k", "2", "--json")
    assert code == 0
    first, second = json.loads(out)
    assert first["score"] >= second["score"] > 0
    assert (
        first["text"]
        == Library(home).document(first["document"]).text[first["start"] : first["end"]]
    )
    assert {"document", "name", "page", "start", "end", "score", "text"} <= set(first)


def test_one_bad_file_is_named_and_the_others_are_asked(run, story, tmp_path):
    missing = str(tmp_path / "missing.pdf")
    code, out, err = run("ask", "Who rebuilt the station?", missing, story)
    assert code == 0
    assert "Ida Korhonen" in out
    assert "missing.pdf: does not exist" in err
    code, out, err = run("add", missing, story)
    assert code == 1
    assert "story.txt: was there already" in out


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("missing.pdf", None, "missing.pdf: does not exist; check its name and folder."),
        ("empty.txt", b"", "empty.txt: is empty; check that it was saved or downloaded whole."),
        (
            "blank.txt",
            b" \n\t\n",
            "blank.txt: is empty; check that it was saved or downloaded whole.",
        ),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old.doc: "),
        ("broken.pdf", b"%PDF-1.7\nnothing more", "broken.pdf: "),
    ],
)
@pytest.mark.parametrize("command", ["add", "ask", "search"])
def test_a_file_that_cannot_be_taken_is_one_sentence_and_exit_1(
    run, tmp_path, command, name, content, sentence
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    question = ["Who?"] if command != "add" else []
    code, out, err = run(command, *question, str(tmp_path / name))
    assert code == 1
    assert out == ""
    (said,) = err.splitlines()
    assert said.startswith(sentence)
    assert said.endswith(".")


def test_a_folder_is_refused_by_name(run, tmp_path):
    (tmp_path / "folder").mkdir()
    code, _, err = run("add", str(tmp_path / "folder"))
    assert (code, err) == (1, "folder: is a folder; give the files in it.\n")


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ask", "Who?"], ["nonsense"], ["search", "x", "f", "-k", "0"]]
)
def test_wrong_usage_ends_with_2_and_says_how(run, arguments):
    code, _, err = run(*arguments)
    assert code == 2
    assert "Error: " in err


def test_list_and_remove(run, story):
    run("add", story)
    _, out, _ = run("list", "--json")
    (entry,) = json.loads(out)
    assert (entry["name"], entry["pages"]) == ("story.txt", 4)
    assert entry["id"][:12] in run("list")[1]
    assert run("ask", "Who rebuilt the station?", entry["id"][:10])[0] == 0
    assert run("remove", entry["id"][:10])[:2] == (0, "story.txt: removed\n")
    assert run("list")[1].startswith("The library is empty")
    code, _, err = run("remove", entry["id"])
    assert code == 1
    assert "no document has the id" in err


def test_the_second_question_parses_nothing(run, story, home):
    run("ask", "Who rebuilt the station?", story)
    before = (home / "library.db").stat().st_mtime_ns
    run("ask", "When did the station open?", story)
    assert (home / "library.db").stat().st_mtime_ns == before


def test_doctor_says_what_reads_and_what_there_is(run, home):
    code, out, _ = run("doctor")
    assert code == 0
    findings = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert findings["reader"].startswith("quoting: ")
    assert str(home) in findings["library"]
    assert "GiB free of" in findings["memory"]
    models = [line.split(maxsplit=1)[1] for line in out.splitlines() if line.startswith("model ")]
    assert [line.partition(":")[0] for line in models] == [
        "qwen2-72b", "qwen2-57b-a14b", "qwen2-7b", "qwen2-1.5b", "qwen2-0.5b",
    ]  # fmt: skip
    assert all(": not here, " in line for line in models)


def test_a_form_of_weights_that_does_not_exist_is_one_sentence(run, story, monkeypatch):
    monkeypatch.setenv("LONGREAD_WEIGHTS", "int3")
    code, out, err = run("ask", "Who?", story)
    assert (code, out) == (1, "")
    assert err == ("LONGREAD_WEIGHTS is 'int3': set it to auto, float32, bfloat16, int8, nf4\n")


def test_the_help_names_every_exit_code(run):
    for command in ([], *([name] for name in cli.longread.commands)):
        code, out, _ = run(*command, "--help")
        assert code in {0, None}
        for meaning in ("0  answered", "1  failed", "2  wrong usage", "3  not found"):
            assert meaning in out


def test_documents_are_searched_in_the_order_given(run, home, tmp_path):
    paths = [str(tmp_path / f"{name}.txt") for name in "abc"]
    for path in paths:
        Path(path).write_text(f"The pump in {path[-5]}.", encoding="utf-8")
    known = Library(home).add(paths[1]).id[:9]
    _, out, _ = run("search", "pump", paths[0], known, paths[2], "--json")  # all score the same
    assert [hit["name"] for hit in json.loads(out)] == ["a.txt", "b.txt", "c.txt"]


def test_the_page_of_a_hit_is_that_of_the_text_shown(run, tmp_path):
    path = tmp_path / "pages.txt"
    path.write_text("Dull.\n" * 58 + "\n" * 4 + "Dull.\nThe pump broke.\n", encoding="utf-8")
    code, out, _ = run("search", "pump", str(path))
    assert code == 0
    assert out.startswith("1. pages.txt, page 2 (lines 61-64), score ")
    assert out.endswith("\n    The pump broke.\n")
    (hit,) = json.loads(run("search", "pump", str(path), "--json")[1])
    assert (hit["page"], hit["label"], hit["start"]) == (1, "lines 1-60", 0)


def test_the_page_of_a_passage_is_that_of_its_first_word():
    document = make_document("One.\n", "\n \n", "Two pumps.")
    span = Span(document.id, 5, len(document.text))
    (hit,) = hits_json([Hit(Passage(span, 0, 9), 1.0)], {document.id: document})
    assert (hit["page"], hit["label"]) == (3, "p3")
    assert (hit["start"], hit["text"]) == (5, "\n \nTwo pumps.")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("水" * 900, "水" * 398 + " …"),
        ("一 " + "水" * 900, "一 " + "水" * 396 + " …"),
        ("water " * 900, "water " * 66 + "…"),
        ("water\n\n" * 60, ("water " * 60).strip()),
        ("w" * 400, "w" * 400),
    ],
)
def test_long_text_is_cut_between_words_where_there_are_words(text, shown):
    assert _shorten(text) == shown


def test_a_name_too_long_for_any_file_is_one_sentence(run):
    code, out, err = run("search", "x", "a" * 300)
    assert (code, out) == (1, "")
    assert err.endswith(": cannot be opened (File name too long); check its name.\n")


def test_names_that_are_no_text_or_would_move_the_cursor_are_shown_as_escapes(run, tmp_path):
    path = tmp_path / "bad\udcff\x1b[31m\n.txt"
    path.write_bytes(b"The pump broke in the flood.")
    shown = r"bad\udcff\x1b[31m\n.txt"
    assert f"  {shown}: added, 1 page" in run("add", str(path))[1]
    assert run("list")[1].endswith(f"  {shown}\n")
    assert shown in run("ask", "What broke in the flood?", str(path))[1]
    assert run("remove", "\udcff") == (
        1, "", "no document has the id '\\udcff'; `longread list` shows the ids.\n",
    )  # fmt: skip


def start(home, encoding, *arguments, **streams):
    command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
    environment = {"LONGREAD_HOME": str(home), "PATH": "", "PYTHONIOENCODING": encoding}
    return subprocess.run(command, check=False, env=environment, timeout=60, **streams)


def test_the_installed_command_writes_what_the_terminal_can_show(home, tmp_path):
    path = tmp_path / "story.txt"
    path.write_text("The café pumps “broke” in 北京 👍.", encoding="utf-8")
    for encoding in ("utf-8", "latin-1"):
        run = start(home, encoding, "search", "pumps", path, "--json", capture_output=True)
        assert (run.returncode, run.stderr) == (0, b"")
        (hit,) = json.loads(run.stdout.decode(encoding))
        assert hit["text"] == "The café pumps “broke” in 北京 👍."
    run = start(home, "latin-1", "search", "pumps", path, capture_output=True)
    assert run.returncode == 0
    assert b"The caf\xe9 pumps \\u201cbroke\\u201d in \\u5317\\u4eac \\U0001f44d." in run.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")  # noqa: PTH110
def test_output_that_cannot_be_written_is_one_sentence(home):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        run = start(home, "utf-8", "list", stdout=full, stderr=subprocess.PIPE)
    assert run.returncode == 1
    assert run.stderr == (b"The output could not be read or written (No space left on device).\n")


def test_a_home_of_nobody_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("LONGREAD_HOME", "~nouser/x")
    code, out, err = run("list")
    assert (code, out) == (1, "")
    assert err.startswith("~nouser/x: ")
    assert len(err.splitlines()) == 1


def spoil(home, statement):
    with contextlib.closing(sqlite3.connect(home / "library.db")) as connection, connection:
        assert connection.execute(statement).rowcount


def test_doctor_check_says_what_is_wrong_and_repair_makes_it_right(run, home, story, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("The dam held in 1998.", encoding="utf-8")
    run("add", story, str(other))
    identities = {entry.name: entry.id[:12] for entry in Library(home).documents()}
    assert run("doctor", "--check") == (0, f"checked    {home}: 2 of 2 documents are whole\n", "")
    spoil(home, "DELETE FROM posting WHERE term = '1998'")
    code, out, _ = run("doctor", "--check")
    assert code == 1
    mendable, checked = out.splitlines()
    assert mendable.startswith(
        f"mendable   other.txt ({identities['other.txt']}): its text is whole"
    )
    assert checked == (
        f"checked    {home}: 1 of 2 documents are whole; `longread doctor --repair` makes right "
        "what is mendable"
    )
    code, out, _ = run("doctor", "--repair")
    assert (code, out.split(":")[0]) == (0, f"mended     other.txt ({identities['other.txt']})")
    assert run("doctor", "--check")[0] == 0
    spoil(home, "UPDATE page SET text = replace(text, '1998', '1999')")
    code, out, _ = run("doctor", "--repair")
    assert code == 1
    assert out.startswith(f"lost       other.txt ({identities['other.txt']}): its text is damaged")
    code, _, err = run("search", "dam", identities["other.txt"])
    assert (code, err.count("\n")) == (1, 1)
    assert "its text in the library is damaged" in err
    assert run("search", "river", story)[0] == 0


def test_several_documents_are_removed_at_once(run, story, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("The dam held in 1998.", encoding="utf-8")
    _, out, _ = run("add", story, str(other))
    first, second = (line.split()[0] for line in out.splitlines())
    assert run("remove", first, "ffff")[0] == 1
    assert run("remove", first, second)[:2] == (0, "story.txt: removed\nother.txt: removed\n")
    assert json.loads(run("list", "--json")[1]) == []


def test_export_and_import_move_documents_in_one_file(run, story, tmp_path, monkeypatch):
    _, out, _ = run("add", story)
    identity = out.split()[0]
    file = str(tmp_path / "all.longread")
    assert run("export", file) == (0, f"{file}: 1 document exported\n", "")
    code, _, err = run("export", file, identity)
    assert (code, err) == (1, f"{file}: is there already; name a file that is not.\n")
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "there"))
    assert run("import", file) == (0, out.replace("added", "imported"), "")
    assert run("import", file)[:2] == (0, out.replace("added", "was there already"))
    assert run("search", "Korhonen", identity)[0] == 0
    code, _, err = run("import", story)
    assert code == 1
    assert err == "story.txt: is damaged, or was not written by `longread export`.\n"


def test_a_row_of_files_ends_with_how_many_and_how_fast(run, story, tmp_path):
    assert "a second" not in run("add", story)[2]
    other = tmp_path / "other.txt"
    other.write_text("The dam held in 1998.", encoding="utf-8")
    _, out, err = run("add", story, str(other), str(tmp_path / "missing.pdf"))
    tokens = out.splitlines()[1].split(", ")[-1]
    *_, last = err.splitlines()
    assert re.fullmatch(
        rf"3 files: 1 added \({tokens}, [\d,]+ a second\), 1 there already, 1 refused; \d+\.\d s",
        last,
    )


def test_search_takes_pages_phrases_and_beginnings_of_words(run, tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("\n".join(f"On day {n} the pump ran well." for n in range(400)), "utf-8")
    found = json.loads(run("search", "pump", str(path), "--pages", "2-3", "--json")[1])
    assert {hit["page"] for hit in found} == {1, 2, 3}  # one passage reaches from page 1 into 2
    assert all("On day 60 " in hit["text"] for hit in found if hit["page"] == 1)
    assert run("search", '"ran the pump"', str(path))[0] == 3
    assert run("search", '"the pump ran"', str(path))[0] == 0
    assert run("search", "pum*", str(path))[0] == 0


@pytest.mark.parametrize("pages", ["0", "9-3", "a", "3-", "1,2"])
def test_pages_that_are_none_are_one_sentence(run, story, pages):
    code, out, err = run("search", "river", story, "--pages", pages)
    assert (code, out) == (2, "")
    assert err == f"--pages {pages}: write one page or two, such as 5 or 3-9.\n"


def test_search_says_how_often_the_same_words_stand_elsewhere(run, tmp_path):
    path = tmp_path / "twice.txt"
    words = "The pump was rebuilt by an engineer whom nobody in the valley had met before.\n"
    path.write_text(words * 200, "utf-8")
    _, out, _ = run("search", "engineer", str(path))
    hit, *_ = json.loads(run("search", "engineer", str(path), "--json")[1])
    assert f", the same words in {len(hit['others'])} more places\n" in out
    text = path.read_text("utf-8")
    assert {text[other["start"] : other["end"]] for other in hit["others"]} == {hit["text"]}


def test_with_an_embedder_a_question_in_other_words_is_answered_by_meaning(
    run, tmp_path, monkeypatch
):
    monkeypatch.setenv("LONGREAD_EMBEDDER", "default")
    path = tmp_path / "news.txt"
    path.write_text(
        "The committee approved the budget for the coming year after a long debate.\n" * 30
        + "The physician prescribed medicine for the sick child in the ward.\n" * 40
        + "The harbour was closed for repairs and the ferries went elsewhere.\n" * 30,
        encoding="utf-8",
    )
    code, out, err = run("search", "doctors giving drugs to ill kids", str(path), "-k", "1")
    assert code == 0
    assert err == ""
    assert "physician" in out


@pytest.mark.parametrize("setting", ["LONGREAD_EMBEDDER", "LONGREAD_RERANKER"])
def test_a_model_that_is_not_there_is_one_sentence(run, story, monkeypatch, tmp_path, setting):
    monkeypatch.setenv(setting, str(tmp_path / "nowhere"))
    code, out, err = run("search", "river", story)
    assert (code, out) == (1, "")
    assert "nowhere" in err
    assert len(err.splitlines()) == 1


def test_what_was_asked_about_a_document_in_the_page_goes_with_it(run, home, story):
    assert run("add", story)[0] == 0
    (entry,) = Library(home).documents()
    journal = Journal(home)
    for owner in ("ann", "bob"):
        journal.owners.own(owner, entry.id, "theirs.txt")
        journal.submit(owner, (entry.id,), Submission("Who rebuilt it?"))
    kept = journal.submit("ann", ("f" * 64,), Submission("And this?"))
    assert run("remove", entry.id[:8])[0] == 0
    assert [job.number for job in journal.open_jobs()] == [kept]
    assert journal.owners.owned() == journal.owners.names("bob") == {}
    for path in filter(Path.is_file, home.rglob("*")):
        assert b"rebuilt" not in path.read_bytes(), path.name
