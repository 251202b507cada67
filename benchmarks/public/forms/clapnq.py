"""The form of CLAPnq (Rosenthal et al., arXiv 2404.02103): passages of Wikipedia, long answers.

All passages are one document. Half of the questions have no answer, in a file of their own.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from agent.formats.pages import clean
from benchmarks.public.sets import Joined, Place, Question, QuestionSet


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield one set of all JSONL files."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    whole, questions = Joined("clapnq"), list[Question]()
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            said = json.loads(line)
            starts = {p["text"]: whole.add(p["text"]) for p in said["passages"]}
            answers = tuple(out["answer"] for out in said["output"] if out["answer"])
            evidence = ()
            if answers:
                places = tuple(_place(whole, start, text) for text, start in starts.items())
                evidence = (places,)
            questions.append(Question(said["input"], (whole.name,), answers, evidence))
    documents = {whole.name: whole.text}
    yield QuestionSet("clapnq", "en", "asked", documents, tuple(questions), "rouge")


def _place(whole: Joined, start: int, text: str) -> Place:
    return whole.place(start, start + len(clean(text)))
