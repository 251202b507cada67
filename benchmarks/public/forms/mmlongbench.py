"""The form of MMLongBench-Doc (Ma et al., arXiv 2407.01523): PDFs, questions with evidence pages.

Pages count from 1. "Not answerable" is the answer where the document has none. What only a picture
shows (charts, figures) cannot be found by reading text; those questions count all the same.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.public.forms.financebench import find_pdf
from benchmarks.public.sets import Place, Question, QuestionSet, SetError

UNANSWERABLE = "Not answerable"


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield the set of each JSON file."""
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    for file in files:
        asked = json.loads(file.read_text("utf-8"))
        wanted = {said["doc_id"] for said in asked}
        documents = {name: pdf for name in sorted(wanted) if (pdf := find_pdf(file, name))}
        if not documents:
            raise SetError(f"{file}: none of its {len(wanted)} PDFs lies in documents/ beside it.")
        questions = []
        for said in asked:
            if said["doc_id"] in documents:
                pages = ast.literal_eval(str(said["evidence_pages"]))
                evidence = tuple((Place(said["doc_id"], page=page),) for page in pages)
                answers = () if said["answer"] == UNANSWERABLE else (str(said["answer"]),)
                names = (said["doc_id"],)
                questions.append(Question(said["question"], names, answers, evidence))
        missing = tuple(sorted(wanted - documents.keys()))
        yield QuestionSet(
            "mmlongbench", "en", "asked", documents, tuple(questions), "number", missing
        )
