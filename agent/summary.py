"""A summary as text: headings, sentences, and the marks of the quotes they rest on."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from agent.evidence import Evidence, Section, Sentence
from agent.run import Run

NOTHING: Final = "Nothing was found in what was read that a summary could rest on."
VERBATIM: Final = "These are the document's own sentences; no language model wrote this summary."
_CHOSEN: Final = (
    "Where the model failed to sum up its notes, the most central of them stand as they are"
)


def number_marks(
    sections: Sequence[Section], evidence: Sequence[Evidence]
) -> tuple[tuple[Section, ...], list[Evidence]]:
    """Return the sections with marks from 1 in the order of their first use, and what they cite."""
    numbers: dict[int, int] = {}

    def numbered(sentence: Sentence) -> Sentence:
        marks = (numbers.setdefault(mark, len(numbers) + 1) for mark in sentence.marks)
        return replace(sentence, marks=tuple(marks))

    made = tuple(
        replace(section, sentences=tuple(map(numbered, section.sentences))) for section in sections
    )
    return made, [evidence[mark] for mark in numbers]


def summary_text(run: Run, sections: Sequence[Section], failures: Sequence[str]) -> str:
    """Return what people read; headings stand on lines of their own, after `#` by level."""
    if not sections:
        return NOTHING
    names = {document.id: document.name for document, _ in run.ledger.documents}
    blocks = []
    for document, group in groupby(sections, key=lambda section: section.document):
        if document and len(names) > 1:
            blocks.append(f"# {_one_line(names[document])}")
        for section in group:
            blocks += [f"## {_one_line(section.title)}"] if section.title else []
            blocks.append(" ".join(map(_marked, section.sentences)))
    if failures:
        blocks.append(f"{_CHOSEN} ({'; '.join(dict.fromkeys(failures))}).")
    if run.reader.name == "quoting":
        blocks.append(VERBATIM)
    return "\n\n".join(blocks)


def _one_line(title: str) -> str:
    return " ".join(title.split())


def _marked(sentence: Sentence) -> str:
    return f"{sentence.text} {''.join(f'[{mark}]' for mark in sentence.marks)}"
