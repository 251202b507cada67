"""Answers, hits and lists as text and as JSON, the same for every surface without a browser."""

import csv
import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agent import Answered, Drafted, Event, Read, Searched, Working
from agent.document import Document
from agent.entries import Entry
from agent.evidence import Answer, Citation, cite
from agent.index.base import Hit
from agent.index.words import split_words, to_terms
from agent.looks import step
from agent.sentence import split_sentences
from app.strings import facts, orders, place

_WIDTH = 96  # characters
_SNIPPET = 400  # characters
_CUT = " …"
# Where the text shown may end: before white space, unless that would cost more than a long word.
_LAST_SPACE = re.compile(r"\s(?=\S{0,40}$)")
_NOT_SPACE = re.compile(r"\S")


def answer_text(answer: Answer) -> str:
    """Return an answer with its numbered quotes, each with its page, and what was read."""
    parts = [answer.text]
    parts += [citation_text(citation, answer.text) for citation in answer.citations]
    parts += [trail_text(answer)] if answer.trail else []
    parts += filter(None, [orders(answer.orders), f"({facts(answer)})"])
    return "\n\n".join(parts)


def trail_text(answer: Answer) -> str:
    """Return, a line for each, the steps by which the answer was looked for."""
    steps = (f"{n}. {step(look)}" for n, look in enumerate(answer.trail, start=1))
    return "\n".join(["How it was looked for:", *steps])


def citation_text(citation: Citation, said: str = "") -> str:
    """Return `[n] name, page p (label)` and, below it, the quoted words unless already `said`."""
    where = f"[{citation.n}] {citation.name}, {place(citation.page, citation.label)}"
    words = " ".join(citation.quote.split())
    if words in said:
        return where
    return f"{where}\n{_indent(f'“{words}”')}"


def items_csv(answer: Answer) -> str:
    """Return a line for each place of each item: number, item, document, page, label, quote.

    Without items, a line for each citation. A cell that a spreadsheet would take for a formula is
    led by an apostrophe, for its text is the document's.
    """
    rows = [(n, item.label, mark) for n, item in enumerate(answer.items, 1) for mark in item.marks]
    rows = rows or [(citation.n, "", citation.n) for citation in answer.citations]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["number", "item", "document", "page", "label", "quote"])
    for number, label, mark in rows:
        place_ = answer.citations[mark - 1]
        cells = (label, place_.name, place_.page, place_.label, " ".join(place_.quote.split()))
        writer.writerow([number, *map(_harmless, cells)])
    return out.getvalue()


def _harmless(cell: object) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def event_json(event: Event) -> dict[str, Any]:
    """Return an event as `longread ask --events` prints it; empty for one that tells nothing."""
    named: dict[str, Any] = {"event": type(event).__name__.lower()}
    match event:
        case Working():
            return {}
        case Searched(hits):
            return named | {"passages": len(hits)}
        case Read(passages, evidence, dropped, failure):
            quotes = [asdict(citation) for citation in cite(evidence)]
            for quote in quotes:
                del quote["n"]
            return named | {
                "passages": passages, "quotes": quotes, "dropped": dropped, "failure": failure
            }  # fmt: skip
        case Drafted(answer) | Answered(answer):
            return named | answer.to_dict()
        case _:
            return named | asdict(event)


def hits_json(hits: Sequence[Hit], documents: Mapping[str, Document]) -> list[dict[str, Any]]:
    """Return hits in the shape of `longread search --json`; fields are only ever added.

    `page` and `label` are those of the first character of `text` that is not white space.
    """
    found = []
    for hit in hits:
        span = hit.passage.span
        document = documents[span.document]
        page = document.page_at(_skip_space(document.text, span.start))
        found.append(
            {
                "document": document.id,
                "name": document.name,
                "page": page.number,
                "start": span.start,
                "end": span.end,
                "score": hit.score,
                "text": document.text[span.start : span.end],
                "label": page.label,
                "others": [asdict(other) for other in hit.others],
            }
        )
    return found


def hits_text(hits: Sequence[Hit], documents: Mapping[str, Document], query: str) -> str:
    """Return hits for a terminal, each from the sentence that holds most of `query`.

    The page is the one on which the text shown begins.
    """
    if not hits:
        return "No passage holds any of these words."
    return "\n\n".join(
        f"{n}. {_hit_text(hit, documents[hit.passage.span.document], query)}"
        for n, hit in enumerate(hits, start=1)
    )


def _hit_text(hit: Hit, document: Document, query: str) -> str:
    span = hit.passage.span
    best = span.start + _best_sentence(document.text[span.start : span.end], query)
    start = _skip_space(document.text, best)
    page = document.page_at(start)
    where = f"{document.name}, {place(page.number, page.label)}, score {hit.score:.2f}"
    if hit.others:
        where += f", the same words in {len(hit.others):,} more places"
    return f"{where}\n{_indent(_shorten(document.text[start : span.end]))}"


def _best_sentence(text: str, query: str) -> int:
    """Return where the sentence begins that holds most words of `query`, the first of several."""
    wanted = set(to_terms(split_words(query), "en"))
    held = {
        start: len(wanted.intersection(to_terms(split_words(text[start:end]), "en")))
        for start, end in split_sentences(text)
    }
    return max(held, key=held.__getitem__)


def _skip_space(text: str, start: int) -> int:
    """Return the place of the first character from `start` on that is not white space."""
    found = _NOT_SPACE.search(text, start)
    return found.start() if found else start


def _shorten(text: str) -> str:
    """Return `text` on one line, cut between words, or anywhere in writing without spaces."""
    line = " ".join(text.split())
    if len(line) <= _SNIPPET:
        return line
    room = _SNIPPET - len(_CUT)
    space = _LAST_SPACE.search(line, 0, room + 1)
    return line[: space.start() if space else room] + _CUT


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
