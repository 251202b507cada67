"""The form of QMSum (Zhong et al., arXiv 2104.05938): meetings, and questions with spans of turns.

Spans name the first and the last turn, from 0, both included.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.public.sets import Joined, Question, QuestionSet


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield one set of all meetings, each a document, with the questions that have spans."""
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    documents, questions = {}, list[Question]()
    for file in files:
        said = json.loads(file.read_text("utf-8"))
        meeting = Joined(file.stem)
        turns = []
        for turn in said["meeting_transcripts"]:
            text = f"{turn['speaker']}: {turn['content']}"
            start = meeting.add(text)
            turns.append((start, start + len(text)))
        documents[meeting.name] = meeting.text
        for asked in said["specific_query_list"]:
            pieces = tuple(
                (meeting.place(turns[int(first)][0], turns[min(int(last), len(turns) - 1)][1]),)
                for first, last in asked["relevant_text_span"]
            )
            answers = (asked["answer"],)
            questions.append(Question(asked["query"], (meeting.name,), answers, pieces))
    yield QuestionSet("qmsum", "en", "asked", documents, tuple(questions), "rouge")
