"""The form of HotpotQA (Yang et al., arXiv 1809.09600): two facts of two articles, both needed.

All articles of all questions are one document.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from agent.formats.pages import clean
from benchmarks.public.sets import Joined, Place, Question, QuestionSet


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield the set of each JSON file."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    for file in files:
        whole, questions = Joined(file.stem), list[Question]()
        sentences: dict[tuple[str, int], Place] = {}
        asked = json.loads(file.read_text("utf-8"))
        for said in asked:
            for title, parts in said["context"]:
                if (title, 0) not in sentences:
                    sentences |= _add(whole, title, parts)
        for said in asked:
            facts = [(title, number) for title, number in said["supporting_facts"]]
            evidence = tuple((sentences[fact],) for fact in facts if fact in sentences)
            answers = (said["answer"],)
            questions.append(Question(said["question"], (whole.name,), answers, evidence))
        documents = {whole.name: whole.text}
        yield QuestionSet("hotpotqa", "en", "two facts", documents, tuple(questions), "squad")


def _add(whole: Joined, title: str, parts: list[str]) -> dict[tuple[str, int], Place]:
    """Add an article; return where each of its sentences stands."""
    head = f"{title}\n"
    start = whole.add(head + "".join(parts))
    at = start + len(clean(head))
    places = {}
    for number, part in enumerate(parts):
        length = len(clean(part))
        places[title, number] = whole.place(at, at + length)
        at += length
    return places
