"""Claims in, verified quotes out."""

from dataclasses import replace

from agent.coverage import DocumentCoverage, Step, Stretch
from agent.document import Span
from agent.evidence import (
    Answer,
    Claim,
    Coverage,
    Evidence,
    Excerpt,
    Usage,
    cite,
)
from agent.passage import Passage
from agent.verify import verify
from tests.make import make_document

DOCUMENT = make_document(
    "Rain fell all day. ", "The dam held in 1998. Rain fell all day. ", "Nobody was hurt. "
)


def excerpt(start, end, number=0):
    return Excerpt(DOCUMENT, Passage(Span(DOCUMENT.id, start, end), number, 5))


EXCERPTS = [excerpt(19, 41), excerpt(41, 60, 1)]


def test_a_quote_is_cited_where_it_stands():
    evidence, dropped = verify([Claim("the dam held in 1998", 0)], EXCERPTS)
    assert dropped == 0
    (citation,) = cite(evidence)
    assert (citation.n, citation.page, citation.label) == (1, 2, "p2")
    assert citation.quote == "The dam held in 1998"
    assert DOCUMENT.text[citation.start : citation.end] == citation.quote


def test_of_two_places_the_claimed_one_is_taken():
    evidence, _ = verify([Claim("Rain fell all day.", 1)], EXCERPTS)
    assert evidence[0].span.start == 41


def test_a_quote_claimed_of_the_wrong_place_is_corrected():
    for claimed in (1, 7, -1, None):
        evidence, dropped = verify([Claim("The dam held", claimed)], EXCERPTS)
        assert [item.span.start for item in evidence] == [19]
        assert dropped == 0


def test_a_quote_from_outside_what_was_read_is_found_in_the_document():
    evidence, _ = verify([Claim("Nobody was hurt", 0)], EXCERPTS)
    assert cite(evidence)[0].page == 3


def test_invented_quotes_are_dropped_and_counted():
    claims = [Claim("The dam broke in 1998", 0), Claim("The dam held in 1998", 0), Claim("", None)]
    evidence, dropped = verify(claims, EXCERPTS)
    assert [item.text for item in evidence] == ["The dam held in 1998"]
    assert dropped == 2


def test_the_same_words_claimed_twice_count_once():
    evidence, dropped = verify(
        [Claim("The dam held in 1998", 0), Claim("the dam held", 0)], EXCERPTS
    )
    assert len(evidence) == 1
    assert dropped == 0


def test_of_two_quotes_one_within_the_other_the_longer_is_kept():
    claims = [Claim("the dam held", 0), Claim("The dam held in 1998", 0)]
    evidence, dropped = verify(claims, EXCERPTS)
    assert [item.text for item in evidence] == ["The dam held in 1998"]
    assert dropped == 0


def test_the_answer_keeps_the_promised_json_shape():
    evidence = [Evidence(DOCUMENT, Span(DOCUMENT.id, 19, 39))]
    answer = Answer(
        "q?",
        "Yes [1].",
        True,
        "quoting",
        "retrieve",
        cite(evidence),
        2,
        Coverage(
            100,
            40,
            3,
            1,
            (Step("sweep", 3, 40, 1),),
            (DocumentCoverage("d", "made.txt", 2, (Stretch(1, 2, "partly"),), (2,)),),
        ),
        Usage(7, 8, 9),
        0.5,
    )
    assert answer.to_dict() == {
        "question": "q?",
        "answer": "Yes [1].",
        "answered": True,
        "reader": "quoting",
        "strategy": "retrieve",
        "citations": [
            {
                "n": 1,
                "document": DOCUMENT.id,
                "name": "made.txt",
                "page": 2,
                "label": "p2",
                "start": 19,
                "end": 39,
                "quote": "The dam held in 1998",
            }
        ],
        "dropped_quotes": 2,
        "coverage": {
            "tokens_total": 100,
            "tokens_read": 40,
            "passages_read": 3,
            "failed": 1,
            "steps": ({"name": "sweep", "passages": 3, "tokens": 40, "failed": 1},),
            "documents": (
                {
                    "document": "d",
                    "name": "made.txt",
                    "pages": 2,
                    "stretches": ({"first": 1, "last": 2, "state": "partly"},),
                    "used": (2,),
                },
            ),
        },
        "usage": {"input_tokens": 7, "output_tokens": 8, "calls": 9},
        "seconds": 0.5,
        "partial": "",
        "items": (),
        "sections": (),
        "trail": (),
        "sentences": (),
        "orders": (),
    }
    assert list(replace(answer, citations=()).to_dict())[:3] == ["question", "answer", "answered"]
