"""Conversations as files to keep: Markdown, JSON, a page to print, and lists as CSV.

What documents and models wrote is text in all of them; none makes its reader ask anybody else.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from agent import Answer
from app import strings
from app.jobs.journal import Job
from app.show import items_csv
from app.turn import Source

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#!|~])")
_MARK: Final = re.compile(r"\\?\[(\d{1,4})\\?\]")
_PRINT_STYLE: Final = """
body { font: 11pt/1.5 Georgia, serif; margin: 2cm auto; max-width: 17cm; padding: 0 1cm; }
h1 { font-size: 15pt; } h2 { font-size: 13pt; margin-top: 2em; }
blockquote { border-left: 2pt solid #999; margin: .3em 0 1em; padding-left: 1em; }
.answer { white-space: pre-line; } .small { color: #555; font-size: 9pt; }
li, blockquote { break-inside: avoid; }
"""


def as_markdown(jobs: Sequence[Job]) -> str:
    """Return a conversation as Markdown, each mark a footnote with its place and words."""
    return (
        "\n\n".join([f"# {_escaped(_title(jobs))}", *map(_turn_markdown, _answered(jobs))]) + "\n"
    )


def as_json(jobs: Sequence[Job]) -> str:
    """Return a conversation as JSON: answers in the shape of `longread ask --json`, in order."""
    answers = [answer.to_dict() for job in _answered(jobs) if (answer := _answer(job))]
    return json.dumps(
        {"documents": _documents(jobs), "answers": answers}, ensure_ascii=False, indent=1
    )


def as_page(jobs: Sequence[Job]) -> str:
    """Return a conversation as a page that opens the browser's own dialogue to print it, or to PDF.

    The browser has letters of every script, and shapes them.
    """
    turns = "".join(map(_turn_html, _answered(jobs)))
    title = escape(_title(jobs))
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>'
        f'<style>{_PRINT_STYLE}</style><script src="print.js" defer></script></head>'
        f"<body><h1>{title}</h1>{turns}</body></html>"
    )


def as_csv(jobs: Sequence[Job]) -> str:
    """Return the items of the last answer, or its quotes, as CSV."""
    answer = _answer(jobs[-1]) if jobs else None
    return items_csv(answer) if answer else ""


KINDS: Final[Mapping[str, tuple[Callable[[Sequence[Job]], str], str]]] = {
    "md": (as_markdown, "text/markdown"),
    "json": (as_json, "application/json"),
    "html": (as_page, "text/html"),
    "csv": (as_csv, "text/csv"),
}
"""What a conversation can be kept as: who writes it, and its media type."""


def _answered(jobs: Sequence[Job]) -> Iterator[Job]:
    return (job for job in jobs if job.turn.done and _answer(job))


def _answer(job: Job) -> Answer | None:
    return job.turn.progress.answer


def _documents(jobs: Sequence[Job]) -> dict[str, str]:
    """Return the names of the documents that were read, by their ids."""
    answers = (answer for job in jobs if (answer := _answer(job)))
    return {each.document: each.name for answer in answers for each in answer.coverage.documents}


def _title(jobs: Sequence[Job]) -> str:
    return ", ".join(_documents(jobs).values()) or strings.TITLE


def _turn_markdown(job: Job) -> str:
    answer, number = _answer(job), job.number
    if answer is None:
        return ""
    known = {source.citation.n for source in job.turn.sources}

    def note(found: re.Match[str]) -> str:
        return f"[^{number}-{found[1]}]" if int(found[1]) in known else found[0]

    text = _MARK.sub(note, _escaped(answer.text))
    notes = "\n".join(
        f"[^{number}-{source.citation.n}]: {_escaped(_place(source))}: "
        f"“{_escaped(' '.join(source.citation.quote.split()))}”"
        for source in job.turn.sources
    )
    said = [_escaped(line) for line in (strings.orders(answer.orders), strings.facts(answer))]
    return "\n\n".join(filter(None, [f"## {_escaped(job.turn.question)}", text, notes, *said]))


def _turn_html(job: Job) -> str:
    answer = _answer(job)
    if answer is None:
        return ""
    sources = "".join(
        f"<li>{escape(_place(source))}<blockquote>{escape(source.citation.quote)}</blockquote></li>"
        for source in job.turn.sources
    )
    return (
        f'<h2 dir="auto">{escape(job.turn.question)}</h2>'
        f'<div class="answer" dir="auto">{escape(answer.text)}</div>'
        f'<ol>{sources}</ol><p class="small">{escape(strings.orders(answer.orders))}</p>'
        f'<p class="small">{escape(strings.facts(answer))}</p>'
    )


def _place(source: Source) -> str:
    citation = source.citation
    return f"{citation.name}, {strings.place(citation.page, citation.label)}"


def _escaped(text: str) -> str:
    """Return Markdown that shows `text`: no link, image or markup."""
    return _SPECIAL.sub(r"\\\1", text)
