"""The form of LongBench v2 (Bai et al., arXiv 2412.15204): a long text, four choices, a letter."""

import json
from collections.abc import Iterator
from pathlib import Path

from agent.formats.pages import clean
from benchmarks.public.sets import Question, QuestionSet

LETTERS = ("A", "B", "C", "D")


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield the set of each JSON file."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    for file in files:
        documents, questions = {}, list[Question]()
        for said in json.loads(file.read_text("utf-8")):
            documents[said["_id"]] = clean(said["context"])
            choices = tuple(said[f"choice_{letter}"] for letter in LETTERS)
            answers = (said["answer"],)
            if said["answer"] not in LETTERS:
                raise ValueError(said["answer"])
            asked = Question(said["question"], (said["_id"],), answers, choices=choices)
            questions.append(asked)
        yield QuestionSet("longbench v2", "en", "choices", documents, tuple(questions), "choice")
