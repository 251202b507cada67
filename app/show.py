"""Answers, hits and lists as text and as JSON, the same for every surface without a browser."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from agent.document import Document
from agent.evidence import Answer, Citation
from agent.index.base import Hit
from agent.index.words import split_words, to_terms
from agent.library import Entry
from agent.sentence import split_sentences
from app.strings import facts, place

_WIDTH = 96  # characters
_SNIPPET = 400  # characters


def answer_text(answer: Answer) -> str:
    """Return an answer with its numbered quotes, each with its page, and what was read."""
    parts = [answer.text]
    parts += [citation_text(citation, answer.text) for citation in answer.citations]
    parts.append(f"({facts(answer)})")
    return "\n\n".join(parts)


def citation_text(citation: Citation, said: str = "") -> str:
    """Return `[n] name, page p (label)` and, below it, the quoted words unless already `said`."""
    where = f"[{citation.n}] {citation.name}, {place(citation.page, citation.label)}"
    words = f"“{' '.join(citation.quote.split())}”"
    if words in said:
        return where
    return f"{where}\n{_indent(words)}"


def hits_json(hits: Sequence[Hit], documents: Mapping[str, Document]) -> list[dict[str, Any]]:
    """Return hits in the shape of `longread search --json`; fields are only ever added."""
    found = []
    for hit in hits:
        span = hit.passage.span
        document = documents[span.document]
        found.append(
            {
                "document": document.id,
                "name": document.name,
                "page": document.page_at(span.start).number,
                "start": span.start,
                "end": span.end,
                "score": hit.score,
                "text": document.text[span.start : span.end],
                "label": document.page_at(span.start).label,
            }
        )
    return found


def hits_text(found: Sequence[Mapping[str, Any]], query: str) -> str:
    """Return found passages for a terminal, each from the sentence that holds most of `query`."""
    if not found:
        return "No passage holds any of these words."
    return "\n\n".join(
        f"{n}. {hit['name']}, {place(hit['page'], hit['label'])}, score {hit['score']:.2f}\n"
        + _indent(textwrap.shorten(_from_best(hit["text"], query), _SNIPPET, placeholder=" …"))
        for n, hit in enumerate(found, start=1)
    )


def _from_best(text: str, query: str) -> str:
    wanted = set(to_terms(split_words(query), "en"))
    held = {
        start: len(wanted.intersection(to_terms(split_words(text[start:end]), "en")))
        for start, end in split_sentences(text)
    }
    return text[max(held, key=held.__getitem__) :]


def _indent(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def list_text(entries: Sequence[Entry]) -> str:
    """Return the library's list for a terminal."""
    if not entries:
        return "The library is empty; `longread add FILE` puts a document in."
    return "\n".join(
        f"{entry.id[:12]}  {entry.pages:>6,} pages  {entry.tokens:>9,} tokens  {entry.name}"
        for entry in entries
    )
