"""Results that are kept: the README says what they say, and today's figures stand beside them."""

import json
import re
import sys
from pathlib import Path

import pytest

from benchmarks import kept, needle_tiny, readme, trend
from benchmarks.peers.planted import FINDINGS, QUESTION, Rule, plant
from benchmarks.peers.retriever import LangChainRetriever
from benchmarks.public.sets import Place, SetError
from model.tokens import count_tokens

NAMES = sorted(path.stem for path in kept.FOLDER.glob("*.json"))


def test_the_readme_and_the_results_agree():
    text = readme.README.read_text("utf-8")
    assert readme.rendered(text) == text, "run `python -m benchmarks.readme`"


def test_every_result_that_is_kept_stands_in_the_readme():
    shown = set(re.findall(r"<!-- results: (\w+) -->", readme.README.read_text("utf-8")))
    beside = {"retrieval_bm25s", "retrieval_langchain"}  # columns of the table of retrieval
    assert set(NAMES) - beside == shown


def test_a_table_that_was_changed_by_hand_is_found():
    text = readme.README.read_text("utf-8")
    table = re.search(r"<!-- results: \w+ -->.*?(\d+\.\d+)", text, re.DOTALL)
    changed = text[: table.start(1)] + "0.01" + text[table.end(1) :]
    assert readme.rendered(changed) == text != changed


def test_the_page_about_the_tiny_reader_shows_the_grid_that_is_kept():
    record = kept.load("needle_tiny")
    cells = [needle_tiny.Cell(**cell) for cell in record["cells"]]
    page = needle_tiny.PAGE.read_text("utf-8")
    before, rest = page.split(needle_tiny.MARKERS[0])
    assert needle_tiny.tables(cells) in rest
    assert before


@pytest.mark.parametrize("name", NAMES)
def test_a_result_names_its_machine_and_how_to_make_it_again(name):
    record = kept.load(name)
    machine = record.get("machine") or record["results"][-1]["made_on"]
    assert "cores" in machine
    assert "command" in record or f"benchmarks.{name}" in readme.README.read_text("utf-8")


def test_what_is_kept_comes_back_with_date_machine_and_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "results")
    path = kept.keep("speed", "python -m speed", [{"what": "a", "s": "1.2"}], tokens=7)
    record = kept.load("speed")
    assert json.loads(path.read_text("utf-8")) == record
    assert record["rows"] == [{"what": "a", "s": "1.2"}]
    assert record["tokens"] == 7
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", record["date"])
    assert record["commit"]
    assert kept.load("nothing") == {}


def test_rows_become_a_table():
    rows = [{"a": "1", "b": "2"}, {"a": "3", "c": "4"}]
    assert kept.markdown(rows).splitlines() == [
        "| a | b | c |", "| --- | --- | --- |", "| 1 | 2 |  |", "| 3 |  | 4 |",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "value"),
    [("2.87", 2.87), ("0.97 (bm25s, words alone)", 0.97), ("1,943,169", 1_943_169.0),
     ("7/8", 0.875), ("0/0", None), ("-4 MB", -4.0), ("median 0.34 s, slowest 0.43 s", 0.34),
     ("no answer", None)],
)  # fmt: skip
def test_the_figure_in_a_cell(cell, value):
    assert trend.value(cell) == value


def test_today_stands_beside_what_is_kept_row_by_row():
    before = [{"document": "a.txt", "tokens": "10", "CPU s": "2.0", "peer": "none"},
              {"document": "b.txt", "tokens": "10", "CPU s": "8.0", "peer": "none"}]  # fmt: skip
    today = [{"document": "b.txt", "tokens": "10", "CPU s": "4.0", "peer": "none"},
             {"document": "c.txt", "tokens": "10", "CPU s": "1.0", "peer": "none"}]  # fmt: skip
    assert trend.beside("ingest", before, today) == [
        {"of": "ingest", "what": "b.txt, 10, CPU s", "kept": "8.0", "today": "4.0",
         "today / kept": "0.50"},
        {"of": "ingest", "what": "c.txt, 10, CPU s", "kept": "", "today": "1.0",
         "today / kept": ""},
    ]  # fmt: skip


def test_what_cannot_be_measured_here_is_left_out_with_its_reason(monkeypatch):
    monkeypatch.setattr(trend.shutil, "which", lambda _: None)
    left_out = {part.name: part.reason for part in trend.parts(None) if part.measure is None}
    assert left_out == {
        "page": "there is no Chromium",
        "retrieval": "no folder of public sets was named",
    }


def test_findings_are_planted_where_the_rule_of_the_stub_finds_them(tmp_path):
    path, tokens = plant(None, 3_000, tmp_path)
    text = path.read_text("utf-8")
    assert abs(tokens - 3_000) < 10
    assert abs(count_tokens([text])[0] - tokens) < 200
    assert [text.count(finding) for finding in FINDINGS] == [1] * 5
    places = [text.index(finding) / len(text) for finding in FINDINGS]
    assert places == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9], abs=0.15)
    answer = Rule()(f"Copy out of the passages\n{text}\n{QUESTION}")
    assert [f'[1] "{finding}"' for finding in FINDINGS] == answer.splitlines()
    assert Rule(fails=True)(text) is None


SIDE = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "take" in asked:
        texts = asked["take"]
        print(json.dumps({"pieces": len(texts)}), flush=True)
    elif asked["search"] == "die":
        break
    else:
        name = asked["documents"][0]
        print(json.dumps([{"document": name, "start": 2, "end": len(texts[name])}]), flush=True)
"""


def test_a_peer_in_a_process_of_its_own_is_asked_like_any_retriever():
    peer = LangChainRetriever([sys.executable, "-c", SIDE])
    peer.take({"a": "some text", "b": "more"})
    assert peer.search("what?", ["b"], 5) == [Place("b", 2, 4)]
    with pytest.raises(SetError, match="sets of texts only"):
        peer.take({"a": Path("a.pdf")})
    with pytest.raises(SetError, match="LangChain stack ended"):
        peer.search("die", ["b"], 5)
    peer.close()
