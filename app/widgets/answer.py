"""A turn of a conversation, drawn: the question, the answer with its marks, each with its place.

What documents and models wrote is put in by `to_html`, as text; nothing of it is ever markup.
"""

import re
from collections.abc import Sequence
from typing import Final

import streamlit as st

from agent.evidence import Look, Sentence
from agent.looks import step
from app import strings
from app.safe import to_html, to_markdown
from app.turn import Source, Turn
from app.widgets.mark import mark_html
from app.widgets.reading_map import map_html
from app.widgets.table import table_html

_MARK: Final = re.compile(r"\[(\d{1,4})\]")
_COMMAND: Final = re.compile(r"`([^`]+)`")
_HEADING: Final = re.compile(r"##? (.+)")
_FOLDED: Final = 8  # sources; more are a summary's, whose sentences are what is read
_PARAGRAPH: Final = re.compile(r"\n\s*\n")


def draw_turn(turn: Turn, *, number: int | None = None, with_advice: bool) -> None:
    """Draw a turn that is over.

    Args:
        turn: done, or stopped on the way.
        number: of the turn in its conversation, by which its marks open pages.
        with_advice: whether to say how to get a language model, where none answered.
    """
    draw_question(turn.question)
    draw_notices(turn)
    if body := turn_html(turn, number=number, with_advice=with_advice):
        st.html(body)


def turn_html(turn: Turn, *, number: int | None = None, with_advice: bool) -> str:
    """Return the answer with its sources and facts; of a stopped turn, how far it had come."""
    progress = turn.progress
    answer = None if progress.text and not turn.done else progress.answer  # else it is a draft
    if answer:
        if answer.items:
            text = table_html(answer, turn.sources, number)
        else:
            text = answer_html(answer.text, len(turn.sources), answer.said, turn=number)
            text += sources_html(turn.sources, turn=number)
        said = [strings.facts(answer), turn.advice if with_advice else ""]
    else:
        text, said = answer_html(progress.text, turn.found), []
    if not turn.done and turn.question:
        said.append(strings.STOPPED)
    if answer:
        text += trail_html(answer.trail) + map_html(answer.coverage)
    return text + "".join(small_html(line) for line in said if line)


def trail_html(trail: Sequence[Look]) -> str:
    """Return, folded, the steps by which a reader that chooses them has looked; "" for none."""
    if not trail:
        return ""
    steps = "".join(f'<li dir="auto">{to_html(step(look))}</li>' for look in trail)
    title = to_html(strings.steps_of(len(trail)))
    return f'<details class="lr-fold"><summary>{title}</summary><ol>{steps}</ol></details>'


def draw_question(question: str) -> None:
    """Draw what was asked, if anything was."""
    if question.strip():
        st.html(f'<h2 class="lr-question" dir="auto">{to_html(question)}</h2>')


def draw_small(line: str) -> None:
    """Draw a line of facts: small, but not as pale as Streamlit's captions."""
    st.html(small_html(line))


def draw_notices(turn: Turn) -> None:
    """Draw what could not be taken, what is worth knowing, and what failed."""
    for name, reason in turn.progress.refused:
        st.warning(to_markdown(strings.refused(name, reason)))
    for note in turn.notes:
        st.warning(to_markdown(note))
    if turn.progress.answer and (said := strings.orders(turn.progress.answer.orders)):
        st.warning(to_markdown(said))
    if turn.error:
        st.error(to_markdown(turn.error))


def answer_html(
    text: str, sources: int, sentences: Sequence[Sentence] = (), turn: int | None = None
) -> str:
    """Return the answer's text, its marks `[1]` to `[sources]` drawn as marks.

    Those of a `turn` are buttons that open a page; of one that is still coming they are not yet.
    Sentences that name no source, and numbers that stand in none of the quotes, are underlined.
    """
    body = _with_doubts(to_html(text), sentences)
    body = _MARK.sub(lambda found: _mark_or_text(found, sources, turn), body)
    paragraphs = (part.strip() for part in _PARAGRAPH.split(body))
    body = "".join(_paragraph_html(part) for part in paragraphs if part)
    return f'<div class="lr-answer">{body}</div>' if body else ""


def _paragraph_html(part: str) -> str:
    """Return a paragraph; one line after `#` or `##`, as in summaries, is a heading."""
    heading = _HEADING.fullmatch(part)
    if heading:
        return f'<h3 class="lr-section" dir="auto">{heading[1]}</h3>'
    return f'<p dir="auto">{part}</p>'


def sources_html(sources: tuple[Source, ...], turn: int | None = None) -> str:
    """Return the list of sources: document, page, and the quote within the words around it."""
    if not sources:
        return ""
    items = "".join(f"<li>{_source_html(source, turn)}</li>" for source in sources)
    listed = f'<ol class="lr-sources" aria-label="{to_html(strings.SOURCES)}">{items}</ol>'
    if len(sources) <= _FOLDED:
        return listed
    title = to_html(strings.sources_of(len(sources)))
    return f'<details class="lr-fold"><summary>{title}</summary>{listed}</details>'


def small_html(line: str) -> str:
    """Return one line of facts; what stands in backticks is a command to copy."""
    commands = _COMMAND.sub(r"<code>\1</code>", to_html(line))
    return f'<p class="lr-facts">{commands}</p>'


def _with_doubts(body: str, sentences: Sequence[Sentence]) -> str:
    """Return the text with what is doubtful underlined, sentence by sentence."""
    done = ""
    for sentence in sentences:
        said = to_html(sentence.text)
        before, found, rest = body.partition(said)
        if not found:
            continue
        done += before + (_doubtful(said, sentence) if sentence.is_doubtful else said)
        body = rest
    return done + body


def _doubtful(said: str, sentence: Sentence) -> str:
    if not sentence.marks:
        return _doubt_html(said, strings.NO_SOURCE)
    for number in sentence.strange_numbers:
        there = re.compile(rf"(?<![\w.,\[]){re.escape(to_html(number))}(?!\w|[.,]\d)")
        said = there.sub(lambda found: _doubt_html(found[0], strings.STRANGE_NUMBER), said)
    return said


def _doubt_html(said: str, why: str) -> str:
    return f'<span class="lr-doubt" title="{to_html(why)}">{said}</span>'


def _mark_or_text(found: re.Match[str], sources: int, turn: int | None) -> str:
    return mark_html(int(found[1]), turn) if 1 <= int(found[1]) <= sources else found[0]


def _source_html(source: Source, turn: int | None) -> str:
    citation = source.citation
    place = to_html(f"{citation.name}, {strings.place(citation.page, citation.label)}")
    return (
        f'<p class="lr-place">{mark_html(citation.n, turn)} {place}</p>'
        f'<blockquote class="lr-passage" dir="auto">{_around_html(source.before)}'
        f"<mark>{to_html(citation.quote)}</mark>{_around_html(source.after)}</blockquote>"
    )


def _around_html(text: str) -> str:
    return f'<span class="lr-around">{to_html(text)}</span>'
