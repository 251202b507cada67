"""`longread ask` and `longread summarize`: what they print where, and how they end."""

import json
import re

import pytest

from agent import Library
from tests.model.openai_server import serving

KEYS = [
    "question", "answer", "answered", "reader", "strategy", "citations", "dropped_quotes",
    "coverage", "usage", "seconds", "partial", "items", "sections", "trail", "sentences",
    "orders",
]  # fmt: skip


def test_ask_json_keeps_its_promised_shape(run, story, home):
    code, out, _ = run("ask", "Who rebuilt the station?", story, "--json")
    answer = json.loads(out)
    assert code == 0
    assert list(answer) == KEYS
    assert answer["answered"] is True
    assert (answer["reader"], answer["strategy"]) == ("quoting", "direct")
    (citation,) = answer["citations"]
    text = Library(home).document(citation["document"]).text
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["quote"] == "The station was rebuilt by the engineer Ida Korhonen in 1974."
    assert (citation["n"], citation["name"], citation["page"]) == (1, "story.txt", 4)
    assert list(answer["coverage"]) == [
        "tokens_total", "tokens_read", "passages_read", "failed", "steps", "documents",
    ]  # fmt: skip
    (covered,) = answer["coverage"]["documents"]
    assert covered["stretches"] == [{"first": 1, "last": 4, "state": "read"}]
    assert covered["used"] == [4]
    assert answer["usage"] == {"input_tokens": 0, "output_tokens": 0, "calls": 0}


def test_what_is_not_in_the_document_ends_with_3(run, story):
    code, out, _ = run("ask", "Which dragons guard Patagonian glaciers?", story)
    assert code == 3
    assert out.startswith("Nothing in the passages read answers this question.")
    assert run("search", "dragons", story)[0] == 3


@pytest.mark.parametrize("question", ["", "   "])
def test_a_blank_question_is_wrong_usage(run, story, question):
    code, _, err = run("ask", question, story)
    assert code == 2
    assert err == "The question is blank; write what you want to know.\n"


def test_an_unknown_strategy_or_model_is_one_sentence(run, story, tmp_path, home):
    code, _, err = run("ask", "Who?", story, "--strategy", "guess")
    assert (code, "'guess'" in err) == (2, True)
    assert not home.exists()  # nothing was done for it
    empty = tmp_path / "empty-folder"
    empty.mkdir()
    code, _, err = run("ask", "Who?", story, "--model", str(empty))
    assert code == 1
    assert "empty-folder" in err.splitlines()[-1]
    assert "Traceback" not in err


def read_like_a_model(body):
    """Play the model behind a server: copy out two quotes, one of them invented; then answer."""
    prompt = body["messages"][-1]["content"]
    if "Copy out" in prompt:
        return [
            '[1] "rebuilt by the engineer ',
            'Ida Korhonen"\n',
            '[2] "rebuilt by nobody at all"',
        ]
    return ["Ida Korhonen ", "rebuilt it [1]."]


@pytest.mark.parametrize("named", ["by --model", "by OPENAI_BASE_URL"])
def test_a_server_reads_and_what_it_invents_is_dropped(run, story, monkeypatch, named):
    with serving() as (url, behaviour):
        behaviour.reply = read_like_a_model
        behaviour.key = "secret"
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        if named == "by OPENAI_BASE_URL":
            monkeypatch.setenv("OPENAI_BASE_URL", url)
        arguments = ["--model", url] if named == "by --model" else []
        code, out, err = run("ask", "Who rebuilt the station?", story, *arguments)
    assert code == 0
    assert out.startswith("Ida Korhonen rebuilt it [1].\n\n[1] story.txt, page 4 (lines 170-204)\n")
    assert "“rebuilt by the engineer Ida Korhonen”" in out
    assert "1 quote dropped" in out
    assert "Qwen/Qwen2-7B-Instruct" in out
    assert re.search(r"2 calls, 2,[0-9]{3} tokens in, 6 out", out)
    assert url in err


def test_a_server_that_is_down_is_one_sentence_and_nothing_else_reads(run, story, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    code, out, err = run("ask", "Who rebuilt the station?", story)
    assert (code, out) == (1, "")
    (said,) = err.splitlines()
    assert "http://127.0.0.1:9/v1" in said


def test_events_are_json_lines_that_end_with_the_answer(run, story):
    code, out, _ = run("ask", "Who rebuilt the station?", story, "--events")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["event"] for line in lines if line["event"] not in {"parsing", "wrote"}] == [
        "planned",
        "read",
        "answered",
    ]
    (read,) = [line for line in lines if line["event"] == "read"]
    assert [quote["quote"] for quote in read["quotes"]] == [
        "The station was rebuilt by the engineer Ida Korhonen in 1974."
    ]
    assert lines[-1]["strategy"] == "direct"
    assert lines[-1]["citations"][0]["page"] == 4


def test_the_steps_of_a_search_are_told_with_its_answer(run, story):
    code, out, _ = run("ask", "Who rebuilt the station?", story, "--strategy", "reason")
    assert code == 0
    assert (
        "\n\nHow it was looked for:\n1. search, for: Who rebuilt the station?: 1 new quote\n" in out
    )


def test_a_budget_of_nothing_gives_an_answer_that_says_so(run, story):
    code, out, _ = run("ask", "Who rebuilt the station?", story, "--budget-seconds", "0")
    assert code == 3
    assert "ended early, at the budget of 0 seconds" in out
    assert "Read 0 of 4 pages" in out


def test_summarize_prints_the_summary_with_its_places(run, story):
    code, out, err = run("summarize", story, "--length", "paragraph")
    assert code == 0
    assert "The station was rebuilt by the engineer Ida Korhonen in 1974. [" in out
    assert "story.txt, page 4 (lines 170-204)" in out
    assert "(Read 4 of 4 pages" in out
    assert "Traceback" not in err


def test_summarize_json_has_the_shape_of_ask_and_its_sentences(run, story):
    code, out, _ = run("summarize", story, "--json", "--focus", "engineers")
    summary = json.loads(out)
    assert code == 0
    assert list(summary) == KEYS
    assert (summary["question"], summary["strategy"]) == ("engineers", "summarize")
    said = [sentence for section in summary["sections"] for sentence in section["sentences"]]
    rebuilt = "The station was rebuilt by the engineer Ida Korhonen in 1974."
    (marks,) = [sentence["marks"] for sentence in said if sentence["text"] == rebuilt]
    assert [summary["citations"][mark - 1]["quote"] for mark in marks] == [rebuilt]


def test_summarize_takes_pages_and_refuses_what_is_not_there(run, story):
    code, out, _ = run("summarize", story, "--pages", "1-2")
    assert code == 0
    assert "(Read 2 of 2 pages" in out
    assert "Ida Korhonen" not in out
    code, out, err = run("summarize", story, "--pages", "7-9")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == "story.txt has 4 pages; 7-9 names none of them."
    code, _, err = run("summarize", story, "--length", "endless")
    assert (code, "'endless'" in err) == (2, True)


def test_a_part_that_a_server_cannot_sum_up_is_said_once(run, story):
    def answer(body):
        prompt = body["messages"][-1]["content"]
        if "Sum the notes up" in prompt:
            return ["No numbers here."]
        return ["\n".join(f'Note {n} :: [1] "The river was low"' for n in range(9))]

    with serving() as (url, behaviour):
        behaviour.reply = answer
        code, out, err = run("summarize", story, "--model", url, "--length", "paragraph")
    assert code == 0
    assert "A part could not be summed up by the model: " in err
    assert out.count("Note ") == 6
