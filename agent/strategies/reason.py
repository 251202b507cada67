"""Look step by step, each step chosen by what was found: for facts that lead to one another.

The notebook holds quotes that code has found in the documents, and nothing else. A step can only
search and read the documents of the run; what it asks for is checked before it is done.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from agent.document import Document
from agent.errors import ReaderError
from agent.events import Event, Looking
from agent.evidence import Evidence, Excerpt, Look
from agent.looks import Decision, Situation, outline_lines
from agent.reading import read_groups, waiting_for
from agent.run import Run, group_excerpts
from agent.strategies.retrieve import excerpts_of
from agent.window import cut_windows
from agent.writing import write_answer
from model.tokens import count_tokens

STEPS: Final = 10  # what a model does not find in so many steps it does not find
_PASSAGES: Final = 8  # of a search: less than where it is the only one
_READ_WINDOWS: Final = 2  # what counts as a few pages
_HEADINGS: Final = 60  # shown at once
_DEEPEST: Final = 9
_SEARCH: Final = "search"
REPEATED: Final = "was done already; choose another step"


def reason(run: Run) -> Iterator[Event]:
    """Yield `Looking` and what it leads to for each step, then `Wrote` pieces and `Answered`.

    It ends when the reader says so, after `STEPS` steps, or with the budget; the answer is written
    from the notebook, and says step by step how that was filled.
    """
    notebook: list[Evidence] = []
    outline: list[str] = []
    done: set[Decision] = set()
    while len(run.looks) < STEPS and run.may_go_on():
        decision = yield from _decide(run, notebook, outline)
        if decision.action == "answer":
            break
        yield Looking(decision.action, decision.looking_for)
        look = yield from _look(run, decision, done, notebook, outline)
        run.looks.append(look)
        done.add(_alike(decision))
    yield from write_answer(run, notebook, "reason")


def _decide(
    run: Run, notebook: Sequence[Evidence], outline: Sequence[str]
) -> Generator[Event, None, Decision]:
    """Return the next step; where the reader names none, a search, or the end if that was done."""
    situation = Situation(_documents(run), notebook, run.looks, outline)
    try:
        decided = yield from waiting_for(run.reader.decide(run.question, situation))
    except ReaderError as error:
        if any(look.action == _SEARCH for look in run.looks):
            run.looks.append(Look("answer", "", "", 0, str(error)))
            return Decision("answer", "")
        return Decision(_SEARCH, run.question)
    run.spend(decided.usage)
    if decided.decision.action == "answer" and not run.looks:  # from nothing
        return Decision(_SEARCH, run.question)
    return decided.decision


def _look(
    run: Run,
    decision: Decision,
    done: set[Decision],
    notebook: list[Evidence],
    outline: list[str],
) -> Generator[Event, None, Look]:
    """Do a step and return what came of it; what cannot be done is said to the reader."""
    look = Look(decision.action, _where(run, decision), decision.looking_for, 0)
    wrong = REPEATED if _alike(decision) in done else _impossible(run, decision)
    if wrong:
        return replace(look, failure=wrong)
    if decision.action == "outline":
        lines = _headings(run, decision)
        outline += [line for line in lines if line not in outline]
        return look if lines else replace(look, failure="no headings there")
    groups = _groups(run, decision)
    if decision.action == "read" and len(groups) > _READ_WINDOWS:
        return replace(look, failure="too many pages for this step; name fewer, or sweep them")
    return (yield from _read(run, decision, groups, look, notebook))


def _read(
    run: Run,
    decision: Decision,
    groups: Sequence[Sequence[Excerpt]],
    look: Look,
    notebook: list[Evidence],
) -> Generator[Event, None, Look]:
    reads = partial(run.reader.extract, decision.looking_for)
    try:
        found = yield from read_groups(run, groups, "reason", reads)
    except ReaderError as error:
        if not run.ledger.has_read:  # nothing was read at all: the model is down
            raise
        return replace(look, failure=str(error))
    known = {item.span for item in notebook}
    new = [item for item in found.evidence if item.span not in known]
    notebook += new
    return replace(look, noted=len(new))


def _groups(run: Run, decision: Decision) -> list[list[Excerpt]]:
    if decision.action == _SEARCH:
        hits = run.library.search(decision.looking_for, run.documents, _PASSAGES)
        run.ledger.searched()
        return group_excerpts(excerpts_of(run, hits), run.reader.window_tokens)
    document = _documents(run)[decision.document - 1]
    passages = run.ledger.on_pages(document, decision.first_page, decision.last_page)
    weights = run.library.weights(decision.looking_for, [document.id])[document.id]
    return [
        [Excerpt(document, passage, weights) for passage in window.passages]
        for window in cut_windows(document, passages, count_tokens, run.reader.window_tokens)
    ]


def _impossible(run: Run, decision: Decision) -> str:
    """Return why a step cannot be done, empty if it can."""
    if decision.action != "outline" and not decision.looking_for.strip():
        return "looking_for is empty; say what to find"
    if decision.action == _SEARCH:
        return ""
    documents = _documents(run)
    if not 1 <= decision.document <= len(documents):
        return f"there is no document {decision.document}; there are {len(documents)}"
    pages = len(documents[decision.document - 1].pages)
    if not 1 <= decision.first_page <= decision.last_page <= pages:
        return f"there are no such pages; document {decision.document} has 1 to {pages}"
    return ""


def _where(run: Run, decision: Decision) -> str:
    """Return where a step looks, for people."""
    documents = _documents(run)
    if decision.action == _SEARCH or not 1 <= decision.document <= len(documents):
        return ""
    name, first, last = (
        documents[decision.document - 1].name,
        decision.first_page,
        decision.last_page,
    )
    return f"{name}, page {first}" if first == last else f"{name}, pages {first}-{last}"


def _headings(run: Run, decision: Decision) -> list[str]:
    document = _documents(run)[decision.document - 1]
    pages = decision.first_page, decision.last_page
    lines = outline_lines(document, decision.document, _DEEPEST, *pages)
    if len(lines) <= _HEADINGS:
        return lines
    return [*lines[:_HEADINGS], f"(and {len(lines) - _HEADINGS} more; name fewer pages)"]


def _alike(decision: Decision) -> Decision:
    """Return what two steps have in common that would come to the same."""
    aim = " ".join(decision.looking_for.casefold().split())
    if decision.action == _SEARCH:
        return Decision(_SEARCH, aim)
    return replace(decision, looking_for="" if decision.action == "outline" else aim)


def _documents(run: Run) -> list[Document]:
    return [document for document, _ in run.ledger.documents]
