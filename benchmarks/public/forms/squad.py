"""The form of SQuAD (Rajpurkar et al., arXiv 1606.05250; 2.0: 1806.03822), in which many sets are.

All texts of a file are one document: the answer is to be found among all of them, not in the one
paragraph that the set names.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.formats.pages import clean
from benchmarks.public.sets import Joined, Question, QuestionSet

_LANGUAGES = {"cmrc2018": "zh", "pquad": "fa"}


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield a set for each JSON file; its language is the last part of its name, if it has one."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    for file in files:
        yield _load(file)


def _load(file: Path) -> QuestionSet:
    whole, questions = Joined(file.name), list[Question]()
    for article in json.loads(file.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            start = whole.add(paragraph["context"])
            questions += [_question(qa, paragraph["context"], start, whole)
                          for qa in paragraph["qas"]]  # fmt: skip
    return QuestionSet(
        name=file.stem.split(".")[0],
        language=_language(file),
        kind="asked",
        documents={whole.name: whole.text},
        questions=tuple(questions),
        metric="squad",
    )


def _language(file: Path) -> str:
    parts = file.stem.split(".")
    known = next((code for name, code in _LANGUAGES.items() if name in file.stem), "en")
    return parts[-1] if len(parts) > 1 else known


def _question(qa: dict[str, Any], context: str, start: int, whole: Joined) -> Question:
    places, answers = set(), []
    for answer in qa["answers"]:
        text = clean(answer["text"])
        at = start + len(clean(context[: answer["answer_start"]]))
        places.add(whole.place(at, at + len(text)))
        answers.append(text)
    evidence = (tuple(sorted(places, key=lambda place: place.start)),) if places else ()
    return Question(qa["question"], (whole.name,), tuple(dict.fromkeys(answers)), evidence)
