"""`longread needle`: tables, the picture, results that are kept, and what cannot be tried."""

import json
import random

import pytest
from PIL import Image

import app.examining
import app.needle
from agent.evaluation.examine import Tried
from agent.evaluation.scoring import Score
from agent.evaluation.trial import Result, Trial
from app.grid import as_text, grids, short
from app.heat_map import draw
from app.wire import Choice
from benchmarks.tiny_agent import READER
from model.scripted import ScriptedChatModel

QUICK = ("--lengths", "600,1200", "--samples", "1", "--distractors", "0", "--alone")


@pytest.fixture
def needle(run, tmp_path):
    """Return a function that runs the test with the quoting reader, its results in a folder."""
    out = str(tmp_path / "out.json")

    def run_needle(*arguments):
        return run("needle", "--model", "quoting", "--out", out, *arguments)

    return run_needle


def test_a_grid_is_printed_and_its_results_and_picture_are_written(needle, tmp_path):
    code, out, err = needle("--strategy", "sweep", *QUICK)
    assert code == 0
    assert out.splitlines() == [
        "quoting, sweep: one needle, en",
        "tokens  0 %  25 %  50 %  75 %  100 %  all",
        "   600  1/1   1/1   1/1   1/1    1/1  5/5",
        " 1,200  1/1   1/1   1/1   1/1    1/1  5/5",
        out.splitlines()[4],
    ]
    assert out.splitlines()[4].startswith(
        "10/10 name that and no other needle's number; 10/10 cite every needle; a question takes 0"
    )
    assert f"Results are in {tmp_path / 'out.json'}, the picture in {tmp_path / 'out.png'}" in err
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.format == "PNG"
    assert not (tmp_path / "out.json.library").exists()
    kept = json.loads((tmp_path / "out.json").read_text("utf-8"))["results"]
    assert all("cores, Python 3." in result["made_on"] for result in kept)


def test_the_same_test_again_takes_what_is_there(needle, tmp_path):
    needle("--strategy", "sweep", *QUICK)
    before = (tmp_path / "out.json").read_text("utf-8")
    code, out, _ = needle("--strategy", "sweep", *QUICK, "--json")
    assert code == 0
    assert json.loads(out) == json.loads(before)
    assert (tmp_path / "out.json").read_text("utf-8") == before


def test_needles_hide_in_a_document_of_ones_own_and_languages_are_named(needle, story):
    code, out, _ = needle(
        "--strategy", "retrieve", "--filler", story, "--kinds", "one,none", "--languages", "de,zh",
        "--lengths", "2500", "--samples", "1", "--depths", "50",
    )  # fmt: skip
    assert code == 0
    titles = [line for line in out.splitlines() if line.startswith("quoting")]
    assert titles == [
        "quoting, retrieve: one needle, de, in story.txt",
        "quoting, retrieve: no needle: says that there is none, de, in story.txt",
        "quoting, retrieve: one needle, zh, in story.txt",
        "quoting, retrieve: no needle: says that there is none, zh, in story.txt",
    ]


def test_a_model_alone_is_tried_up_to_its_window_stretched_as_asked(run, tmp_path):
    out = str(tmp_path / "out.json")
    for extension in ("yarn", "none"):
        code, said, _ = run(
            "needle", "--model", str(READER), "--strategy", "in-context", "--extension", extension,
            "--depths", "0", "--distractors", "0", "--lengths", "2048", "--out", out,
        )  # fmt: skip
        name = {"yarn": "YARN", "none": "plain RoPE"}[extension]
        assert code == 0
        assert f"tiny_reader, in-context ({name}): one needle, en" in said
    assert len(json.loads((tmp_path / "out.json").read_text("utf-8"))["results"]) == 6


def test_without_named_lengths_a_model_alone_is_tried_in_steps_up_to_its_window(run, tmp_path):
    code, said, _ = run(
        "needle", "--model", str(READER), "--strategy", "in-context", "--depths", "50",
        "--distractors", "0", "--samples", "1", "--out", str(tmp_path / "o.json"),
    )  # fmt: skip
    assert code == 2  # the shortest, 64 tokens, holds no needle; --lengths names others
    assert said == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--strategy", "guess"), "'guess' is none of in-context, auto, direct"),
        (("--lengths", "10,ten"), "is no list of numbers such as 10,50"),
        (("--depths", "101"), "must lie between 0 and 100"),
        (("--languages", "xx"), "'xx' is none of ar, bn"),
        (("--strategy", "in-context"), "in-context asks a language model alone, but you asked for"),
        (("--extension", "yarn"), "--extension is for a Qwen2 in this process; leave it out."),
        (("--distractors", "18"), "5 depths with 18 distractors need 23 names"),
    ],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(needle, arguments, sentence):
    code, out, err = needle(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_model_that_always_fails_is_given_up_and_the_next_way_is_tried(
    run, tmp_path, monkeypatch
):
    def fail(_):
        raise RuntimeError("out of memory")

    model = ScriptedChatModel(reply=fail)
    monkeypatch.setattr(app.needle, "choose_reader", lambda *_: Choice(model, "m", "because"))
    arguments = ("--strategy", "in-context,retrieve", "--lengths", "600", "--out")
    code, _, err = run("needle", *arguments, str(tmp_path / "o.json"))
    assert code == 1
    assert err.count("scripted failed: out of memory") == 2  # once for each way
    assert "in-context: given up, since the model never answered." in err
    assert "retrieve: given up, since the model never answered." in err
    kept = json.loads((tmp_path / "o.json").read_text("utf-8"))["results"]
    assert [each["failure"] for each in kept] == ["scripted failed: out of memory"] * 6


def test_lengths_beyond_the_window_fail_alone(run, tmp_path):
    code, out, err = run(
        "needle", "--model", str(READER), "--strategy", "in-context", "--lengths", "512,4096",
        "--depths", "0,25,50,75", "--distractors", "0", "--samples", "1",
        "--out", str(tmp_path / "o.json"),
    )  # fmt: skip
    assert code == 1
    assert out.splitlines()[-1].endswith("; 4 failed")
    assert "given up" not in err
    assert err.count("tiny_reader failed: ") == 1


def test_of_what_cannot_be_tried_nothing_is_left_behind(run, needle, tmp_path):
    code, _, err = needle("--filler", str(tmp_path / "missing.txt"))
    assert code == 1
    assert "missing.txt: does not exist" in err
    assert needle("--strategy", "in-context")[0] == 2
    assert list(tmp_path.iterdir()) == []
    code, _, err = run("needle", "--model", "quoting", "--out", str(tmp_path / "no" / "o.json"))
    assert code == 1
    assert f"there is no folder {tmp_path / 'no'}; make it first." in err
    assert not (tmp_path / "no").exists()


def test_a_run_that_is_stopped_goes_on_where_it_was(needle, tmp_path, monkeypatch):
    def stopped(*given, **named):
        for event in examine(*given, **named):
            yield event
            if isinstance(event, Tried):
                raise KeyboardInterrupt

    examine = app.examining.examine
    monkeypatch.setattr(app.examining, "examine", stopped)
    code, _, err = needle("--strategy", "sweep", *QUICK)
    assert code == 130
    assert "Stopped; what was done before is kept." in err
    kept = json.loads((tmp_path / "out.json").read_text("utf-8"))["results"]
    assert len(kept) == 1
    assert (tmp_path / "out.json.library").exists()  # what a model has read of this haystack
    monkeypatch.setattr(app.examining, "examine", examine)
    assert needle("--strategy", "sweep", *QUICK)[0] == 0
    after = json.loads((tmp_path / "out.json").read_text("utf-8"))["results"]
    assert after[:1] == kept
    assert len(after) == 10
    assert not (tmp_path / "out.json.library").exists()


def test_a_document_shorter_than_the_haystack_is_said_to_be_repeated(needle, story):
    _, _, err = needle("--strategy", "retrieve", "--filler", story, *QUICK, "--depths", "50")
    assert "repeated" not in err
    _, _, err = needle("--strategy", "retrieve", "--filler", story, "--lengths", "9000")
    assert "story.txt is shorter than that, and is repeated." in err


def test_a_file_of_something_else_is_not_written_over(needle, tmp_path):
    (tmp_path / "out.json").write_text("mine", encoding="utf-8")
    code, _, err = needle(*QUICK)
    assert code == 1
    assert "out.json holds something other than results; name another file with --out." in err
    assert (tmp_path / "out.json").read_text("utf-8") == "mine"


def result(length, depth, *, found, sample=0, name="m"):
    trial = Trial(name, "sweep", "s", "one", "en", "built-in", length, depth, sample, 0, 0)
    score = Score(int(found), 0, found, int(found), int(found))
    return Result(trial, "?", ("1234",), "", True, score, 1, 1.0, 0, 0, 0, 0.5)


def test_a_table_counts_what_was_found_by_length_and_depth():
    chance = random.Random(3)
    results = [
        result(length, depth, found=chance.random() < 0.5, sample=sample)
        for length in (100, 2_000)
        for depth in (0.0, 0.5)
        for sample in range(4)
    ]
    (grid,) = grids(results)
    for length in grid.lengths:
        for depth in grid.depths:
            chosen = [r for r in results if (r.trial.length, r.trial.depth) == (length, depth)]
            assert grid.cell(length, depth) == (sum(r.right for r in chosen), 4)
    found, asked = grid.of_length(2_000)
    assert as_text(grid).splitlines()[3].split()[-1] == f"{found}/{asked}" == f"{found}/8"


def colours_of(path):
    with Image.open(path) as picture:
        return set(picture.convert("RGB").get_flattened_data())


def test_the_picture_has_the_fixed_scales_ends_where_all_or_nothing_was_found(tmp_path):
    draw(grids([result(100, 0.0, found=True), result(200, 0.0, found=False)]), tmp_path / "a.png")
    colours = colours_of(tmp_path / "a.png")
    assert (253, 231, 36) in colours  # viridis at 1
    assert (68, 1, 84) in colours  # and at 0
    draw(grids([result(100, 0.0, found=True)]), tmp_path / "b.png")
    colours = colours_of(tmp_path / "b.png")
    assert (253, 231, 36) in colours
    assert (68, 1, 84) not in colours


def test_a_name_in_letters_that_the_font_lacks_is_drawn_all_the_same(tmp_path):
    draw(grids([result(100, 0.0, found=True, name="西游记")]), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1_000


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (1_000_000, "1M"),
        (131_072, "128K"),
        (128_000, "128k"),
        (1_024_000, "1,024k"),
        (10_000, "10k"),
        (512, "512"),
        (1_234, "1,234"),
    ],
)
def test_lengths_are_called_as_people_call_them(tokens, said):
    assert short(tokens) == said
