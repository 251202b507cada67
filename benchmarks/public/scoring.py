"""Scores of a retriever and of an agent on one question set."""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.public.metrics import METRICS
from benchmarks.public.sets import Piece, Place, Question, QuestionSet
from benchmarks.public.subjects import DEPTH, Answerer, Reply, Retriever

DEPTHS = (1, 5, 10, 20)
SEED = 7


@dataclass(frozen=True, slots=True)
class Row:
    """What one subject came to on one set; `figures` are from 0 to 1 unless they say otherwise."""

    set: str
    language: str
    kind: str
    subject: str
    questions: int
    figures: dict[str, float]


def chosen(questions: Sequence[Question], most: int) -> list[Question]:
    """Return at most so many questions, drawn by chance with a fixed seed."""
    if len(questions) <= most:
        return list(questions)
    return random.Random(SEED).sample(list(questions), most)


def score_retrieval(retriever: Retriever, of: QuestionSet, most: int) -> Row | None:
    """Search for every question with evidence; None if there is none.

    recall@k is the share of the pieces of evidence that one of the first k passages overlaps (for
    evidence that is known by its page alone: lies on); MRR is of the first such passage among
    twenty. "page" figures count a passage on the same page as one that overlaps.
    """
    questions = chosen([question for question in of.questions if question.evidence], most)
    if not questions:
        return None
    retriever.take(of.documents)
    began = time.process_time()
    found = [retriever.search(q.text, q.documents, DEPTH) for q in questions]
    milliseconds = 1000 * (time.process_time() - began) / len(found)
    pairs = list(zip(questions, found, strict=True))
    figures = {
        f"recall@{k}": statistics.fmean(_recall(q.evidence, places[:k]) for q, places in pairs)
        for k in DEPTHS
    }
    figures["MRR"] = statistics.fmean(_reciprocal_rank(q.evidence, places) for q, places in pairs)
    if any(place.page for _, places in pairs for place in places):
        figures |= _by_page(retriever, pairs)
    figures["ms"] = milliseconds
    return Row(of.name, of.language, of.kind, retriever.name, len(questions), figures)


def _by_page(
    retriever: Retriever, pairs: Sequence[tuple[Question, Sequence[Place]]]
) -> dict[str, float]:
    paged = [(_on_pages(retriever, q.evidence), places) for q, places in pairs]
    return {
        "page recall@5": statistics.fmean(_recall(pieces, places[:5]) for pieces, places in paged),
        "page MRR": statistics.fmean(_reciprocal_rank(pieces, places) for pieces, places in paged),
    }


def _on_pages(retriever: Retriever, evidence: Sequence[Piece]) -> list[Piece]:
    """Return evidence by page alone, as the retriever numbers pages."""
    with_pages = getattr(retriever, "with_pages", lambda place: place)
    return [
        tuple(replace(with_pages(place), start=-1, end=-1) for place in piece) for piece in evidence
    ]


def overlaps(found: Place, wanted: Place) -> bool:
    """Whether a passage holds some of what is wanted, or is on the page that is."""
    if found.document != wanted.document:
        return False
    if wanted.start < 0 or found.start < 0:
        return 0 < found.page <= max(wanted.page, wanted.last_page) and 0 < wanted.page <= max(
            found.page, found.last_page
        )
    return found.start < wanted.end and wanted.start < found.end


def _holds(piece: Piece, found: Sequence[Place]) -> bool:
    return any(overlaps(place, wanted) for place in found for wanted in piece)


def _recall(evidence: Sequence[Piece], found: Sequence[Place]) -> float:
    return statistics.fmean(_holds(piece, found) for piece in evidence)


def _reciprocal_rank(evidence: Sequence[Piece], found: Sequence[Place]) -> float:
    for rank, place in enumerate(found, start=1):
        if any(_holds(piece, [place]) for piece in evidence):
            return 1 / rank
    return 0.0


def score_answers(agent: Answerer, of: QuestionSet, most: int) -> Row:
    """Put every question to an agent.

    Beside the set's own metric: `abstained`, of the questions that the documents do not answer,
    the share it does not answer either; `gave up`, of those they answer; `cited right`, the share
    of its citations that overlap evidence; `evidence cited`, the share of evidence it cites.
    """
    questions = chosen(of.questions, most)
    agent.take(of.documents)
    replies = [(question, agent.reply(question)) for question in questions]
    figures = _answers(of.metric, replies) | _abstentions(replies) | _citations(replies)
    figures["read"] = statistics.fmean(reply.share_read for _, reply in replies)
    figures["tokens"] = statistics.fmean(reply.tokens for _, reply in replies)
    figures["seconds"] = statistics.fmean(reply.seconds for _, reply in replies)
    return Row(of.name, of.language, of.kind, agent.name, len(questions), figures)


Replies = Sequence[tuple[Question, Reply]]


def _answers(metric: str, replies: Replies) -> dict[str, float]:
    if metric not in METRICS:
        return {}
    scores = [
        METRICS[metric](reply.text if reply.answered else "", question.answers, question.choices)
        for question, reply in replies
        if question.answers
    ]
    names = scores[0] if scores else ()
    return {name: statistics.fmean(score[name] for score in scores) for name in names}


def _abstentions(replies: Replies) -> dict[str, float]:
    parts = {
        "abstained": [not reply.answered for question, reply in replies if not question.answers],
        "gave up": [not reply.answered for question, reply in replies if question.answers],
    }
    return {name: statistics.fmean(each) for name, each in parts.items() if each}


def _citations(replies: Replies) -> dict[str, float]:
    known = [(question, reply) for question, reply in replies if question.evidence]
    right = [
        any(overlaps(place, wanted) for piece in question.evidence for wanted in piece)
        for question, reply in known
        for place in reply.cited
    ]
    cited = [_holds(piece, reply.cited) for question, reply in known for piece in question.evidence]
    parts = {"cited right": right, "evidence cited": cited}
    return {name: statistics.fmean(each) for name, each in parts.items() if each}
