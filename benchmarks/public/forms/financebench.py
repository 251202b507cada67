"""The form of FinanceBench (Islam et al., arXiv 2311.11944): JSONL, and filings as PDFs beside it.

Evidence names pages from 0. PDFs lie in `pdfs/` beside the file or in the folder itself, by the
name of the document.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.public.sets import Place, Question, QuestionSet, SetError


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield the set of each JSONL file of questions."""
    files = sorted(path.rglob("*open_source.jsonl")) or sorted(path.rglob("*.jsonl"))
    for file in files if path.is_dir() else [path]:
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
        wanted = {said["doc_name"] for said in lines}
        documents = {name: pdf for name in sorted(wanted) if (pdf := find_pdf(file, name))}
        if not documents:
            raise SetError(f"{file}: none of its {len(wanted)} PDFs lies in pdfs/ beside it.")
        questions = []
        for said in lines:
            if said["doc_name"] in documents:
                pages = {(e.get("doc_name", said["doc_name"]), e["evidence_page_num"] + 1)
                         for e in said["evidence"]}  # fmt: skip
                evidence = tuple((Place(name, page=page),) for name, page in sorted(pages))
                names, answers = (said["doc_name"],), (str(said["answer"]),)
                questions.append(Question(said["question"], names, answers, evidence))
        missing = tuple(f"{name}.pdf" for name in sorted(wanted - documents.keys()))
        yield QuestionSet(
            "financebench", "en", "asked", documents, tuple(questions), "number", missing
        )


def find_pdf(file: Path, name: str) -> Path | None:
    """Return the PDF of a document, from `pdfs/` or `documents/` beside the file or above it."""
    name = name if name.lower().endswith(".pdf") else f"{name}.pdf"
    folders = (file.parent, file.parent.parent)
    places = (f / inner / name for f in folders for inner in ("pdfs", "documents", ""))
    return next((place for place in places if place.is_file()), None)
