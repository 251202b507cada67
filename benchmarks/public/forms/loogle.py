"""The form of LooGLE (Li et al., arXiv 2311.04939): long texts, questions with evidence sentences.

Evidence was copied by hand; a question whose evidence does not stand in the text word for word has
none here, and counts for answers alone.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.formats.pages import clean
from benchmarks.public.sets import Question, QuestionSet, find_all


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield a set for each JSONL file of questions."""
    files = sorted(path.glob("*qa.jsonl")) if path.is_dir() else [path]
    for file in files:
        documents, questions = {}, list[Question]()
        for line in file.read_text("utf-8").splitlines():
            said = json.loads(line)
            text = " ".join(clean(said["input"]).split())
            documents[said["title"]] = text
            for qa in ast.literal_eval(said["qa_pairs"]):
                questions.append(_question(qa, text, said["title"]))
        name = f"loogle {file.stem.removesuffix('_qa')}"
        yield QuestionSet(name, "en", "asked", documents, tuple(questions), "squad")


def _question(qa: dict[str, Any], text: str, title: str) -> Question:
    said = qa["S"] if isinstance(qa["S"], list) else [qa["S"]]
    evidence = find_all(text, (" ".join(clean(sentence).split()) for sentence in said), title)
    return Question(qa["Q"], (title,), (str(qa["A"]),), evidence or ())
