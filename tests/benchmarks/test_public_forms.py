"""Question sets in the forms in which they are published: what is read of each, and its places."""

import json

import pytest

from benchmarks.public.forms import FORMS, load_form
from benchmarks.public.sets import SetError
from tests.agent.formats.make import HARBOUR_PDF


def held(question_set, place):
    return question_set.documents[place.document][place.start : place.end]


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value) if not isinstance(value, str) else value, "utf-8")
    return path


def squad(path):
    said = [
        {"context": "Ida lives in\r\nOslo. Oslo is small.", "qas": [
            {"id": "1", "question": "Where?", "answers": [
                {"text": "Oslo", "answer_start": 14}, {"text": "Oslo. Oslo", "answer_start": 14}]},
            {"id": "2", "question": "Why?", "answers": [], "is_impossible": True}]},
        {"context": "She rows.", "qas": [
            {"id": "3", "question": "What does she do?",
             "answers": [{"text": "rows", "answer_start": 4}]}]},
    ]  # fmt: skip
    return write(path / "xquad.de.json", {"data": [{"title": "t", "paragraphs": said}]})


def test_squad(tmp_path):
    squad(tmp_path)
    (made,) = load_form("squad", tmp_path)
    assert (made.name, made.language, made.metric) == ("xquad", "de", "squad")
    first, second, third = made.questions
    assert first.answers == ("Oslo", "Oslo. Oslo")
    assert {held(made, place) for place in first.evidence[0]} == {"Oslo", "Oslo. Oslo"}
    assert (second.answers, second.evidence) == ((), ())
    assert [held(made, place) for place in third.evidence[0]] == ["rows"]


def test_qmsum_spans_are_turns_both_ends_included(tmp_path):
    turns = [{"speaker": name, "content": f"turn {n} ."} for n, name in enumerate("ABCD")]
    asked = {"query": "What?", "answer": "That.", "relevant_text_span": [["1", "2"], ["3", "9"]]}
    write(tmp_path / "m.json", {"meeting_transcripts": turns, "specific_query_list": [asked]})
    (made,) = load_form("qmsum", tmp_path)
    (question,) = made.questions
    assert [held(made, piece[0]) for piece in question.evidence] == [
        "B: turn 1 .\n\nC: turn 2 .", "D: turn 3 .",
    ]  # fmt: skip
    assert question.answers == ("That.",)


def test_loogle_evidence_is_found_whatever_its_line_ends(tmp_path):
    qa = [{"Q": "How many?", "A": 3, "S": ["He had\nthree sons.", "All left."]},
          {"Q": "Who?", "A": "he", "S": "not in the text"}]  # fmt: skip
    line = {"title": "T", "input": "He had three\nsons. All left.", "qa_pairs": repr(qa)}
    write(tmp_path / "shortdep_qa.jsonl", json.dumps(line))
    (made,) = load_form("loogle", tmp_path)
    first, second = made.questions
    assert [held(made, piece[0]) for piece in first.evidence] == ["He had three sons.", "All left."]
    assert (second.evidence, second.answers) == ((), ("he",))


def test_clapnq_has_questions_without_an_answer(tmp_path):
    passage = {"title": "t", "text": "Seasons recur."}
    lines = [{"id": "1", "input": "what recurs", "passages": [passage],
              "output": [{"answer": "Seasons."}]},
             {"id": "2", "input": "what else", "passages": [{"title": "u", "text": "No."}],
              "output": [{"answer": ""}]}]  # fmt: skip
    write(tmp_path / "dev.jsonl", "\n".join(map(json.dumps, lines)))
    (made,) = load_form("clapnq", tmp_path)
    first, second = made.questions
    assert [held(made, place) for place in first.evidence[0]] == ["Seasons recur."]
    assert (second.answers, second.evidence) == ((), ())


def test_hotpotqa_needs_all_its_facts(tmp_path):
    said = {"question": "Q?", "answer": "spirit", "context": [["A", ["One. ", "Two."]],
            ["B", ["Three."]]], "supporting_facts": [["A", 1], ["B", 0], ["B", 7]]}  # fmt: skip
    write(tmp_path / "h.json", [said, said])
    (made,) = load_form("hotpot", tmp_path)
    assert [held(made, piece[0]) for piece in made.questions[1].evidence] == ["Two.", "Three."]
    (text,) = made.documents.values()
    assert text.count("Three.") == 1  # an article of two questions is there once


def test_longbench_v2_gives_four_choices_and_a_letter(tmp_path):
    said = {"_id": "7", "question": "Which?", "answer": "C", "context": "Long.",
            "choice_A": "a", "choice_B": "b", "choice_C": "c", "choice_D": "d"}  # fmt: skip
    write(tmp_path / "data.json", [said])
    (made,) = load_form("longbench2", tmp_path)
    assert made.questions[0].choices == ("a", "b", "c", "d")
    assert made.documents == {"7": "Long."}
    write(tmp_path / "data.json", [said | {"answer": "E"}])
    with pytest.raises(SetError, match="is not in the form longbench2"):
        list(load_form("longbench2", tmp_path))


def test_financebench_pages_count_from_0_and_missing_filings_are_named(tmp_path):
    lines = [{"doc_name": name, "question": "Q?", "answer": "$5",
              "evidence": [{"doc_name": name, "evidence_page_num": 0}]}
             for name in ("HARBOUR_2022_10K", "GONE_2021_10K")]  # fmt: skip
    write(tmp_path / "data" / "fb_open_source.jsonl", "\n".join(map(json.dumps, lines)))
    with pytest.raises(SetError, match=r"none of its 2 PDFs lies in pdfs/ beside it"):
        list(load_form("financebench", tmp_path))
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "pdfs" / "HARBOUR_2022_10K.pdf").write_bytes(HARBOUR_PDF)
    (made,) = load_form("financebench", tmp_path)
    assert made.missing == ("GONE_2021_10K.pdf",)
    (question,) = made.questions
    assert [piece[0].page for piece in question.evidence] == [1]


def test_mmlongbench_pages_count_from_1_and_some_questions_have_no_answer(tmp_path):
    said = [{"doc_id": "a.pdf", "question": "Q?", "answer": "5", "evidence_pages": "[3, 5]"},
            {"doc_id": "a.pdf", "question": "R?", "answer": "Not answerable",
             "evidence_pages": "[]"}]  # fmt: skip
    write(tmp_path / "samples.json", said)
    write(tmp_path / "documents" / "a.pdf", "%PDF")
    (made,) = load_form("mmlongbench", tmp_path)
    first, second = made.questions
    assert [piece[0].page for piece in first.evidence] == [3, 5]
    assert (second.answers, second.evidence) == ((), ())


def test_parallel_lines_are_asked_for_by_two_words_and_by_their_article(tmp_path):
    folder = tmp_path / "par_ntrex"
    lines = [f"The harbour number {n} was dredged once again yesterday." for n in range(6)]
    write(folder / "en.txt", "\n".join(lines))
    write(folder / "DOCUMENT_IDS.tsv", "a\na\na\na\nb\nb\n")
    known, kin = load_form("parallel", folder)
    assert len(known.questions) == 6
    for question, line in zip(known.questions, lines, strict=True):
        assert set(question.text.split()) <= set(line.replace(".", "").split())
        assert held(known, question.evidence[0][0]) == line
    assert [question.text for question in kin.questions] == lines[1::2]
    assert [held(kin, place) for place in kin.questions[0].evidence[0]] == [lines[0], lines[2]]


def test_what_is_no_form_not_there_or_of_another_form_is_one_sentence(tmp_path):
    with pytest.raises(SetError, match="There is no form 'xml'; choose from clapnq, financebench"):
        list(load_form("xml", tmp_path))
    with pytest.raises(SetError, match="gone is not there"):
        list(load_form("squad", tmp_path / "gone"))
    for form in sorted(set(FORMS) - {"parallel"}):
        broken = write(tmp_path / f"{form}.json", '{"not": "this"}')
        with pytest.raises(SetError, match=rf"is not in the form {form} \("):
            list(load_form(form, broken))
