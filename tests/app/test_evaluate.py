"""`longread eval`: one table to choose a model and a way of reading by."""

import json

import pytest

REPORT = "app/sample/report.pdf"


@pytest.fixture
def evaluate(run, tmp_path):
    """Return a function that runs it with the quoting reader, its results in a folder."""

    def run_eval(*arguments):
        return run("eval", "--model", "quoting", "--out", str(tmp_path / "out.json"), *arguments)

    return run_eval


def cells(out):
    return [line.split() for line in out.splitlines()]


def test_ways_of_reading_stand_below_each_other_with_what_they_found_and_took(evaluate, tmp_path):
    code, out, err = evaluate("--strategy", "retrieve", "--questions", "2", REPORT)
    assert code == 0
    name, heads, *lines = cells(out)
    assert name == ["report.pdf"]
    assert heads[2:9] == ["kind", "questions", "answered", "right", "exact", "cited", "page"]
    assert [line[2] for line in lines] == ["quote", "one", "many", "hop", "none", "all"]
    assert lines[1][3:9] == ["2"] * 6
    assert lines[4][7:9] == ["-", "-"]  # nothing to cite where nothing is
    assert lines[5][3] == "10"
    assert "made by code" in err
    assert f"Results are in {tmp_path / 'out.json'}." in err
    assert not (tmp_path / "out.json.library").exists()


def test_another_way_joins_the_table_and_nothing_is_asked_twice(evaluate, tmp_path):
    evaluate("--strategy", "retrieve", "--questions", "1", "--kinds", "one", REPORT)
    first = json.loads((tmp_path / "out.json").read_text("utf-8"))["results"]
    code, out, _ = evaluate(
        "--strategy", "retrieve,sweep", "--questions", "1", "--kinds", "one", REPORT
    )
    assert code == 0
    assert [line[1] for line in cells(out)[2:]] == ["retrieve", "sweep"]
    second = json.loads((tmp_path / "out.json").read_text("utf-8"))["results"]
    assert second[:1] == first
    assert len(second) == 2


def test_results_can_be_had_as_json(evaluate, tmp_path):
    code, out, _ = evaluate("--strategy", "sweep", "--questions", "1", "--json", REPORT)
    assert code == 0
    said = json.loads(out)
    assert said == json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert {each["trial"]["kind"] for each in said["results"]} == {
        "quote", "one", "many", "hop", "none",
    }  # fmt: skip


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_asked(evaluate, tmp_path):
    missing = str(tmp_path / "missing.pdf")
    code, out, err = evaluate(
        "--strategy", "retrieve", "--questions", "1", "--kinds", "one", missing, REPORT
    )
    assert code == 0
    assert "missing.pdf" in err
    assert out.startswith("report.pdf")
    assert evaluate("--strategy", "retrieve", missing)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--kinds", "riddle"), "'riddle' is none of quote, one, many, hop, none"),
        (("--strategy", "in-context"), "in-context asks a language model alone"),
    ],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(evaluate, arguments, sentence):
    code, out, err = evaluate(*arguments, REPORT)
    assert (code, out) == (2, "")
    assert sentence in err
