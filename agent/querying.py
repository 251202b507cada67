"""What to search for: the question's own words, and keywords where the documents word it otherwise.

Whether they do is counted, not guessed: if what the question's words find holds little of them, a
reader who knows the documents' language is asked how they would put it. Thus a question in another
language, with other words, or wrapped in instructions, finds its passages too.
"""

from collections.abc import Generator, Sequence
from itertools import chain, zip_longest
from typing import Final

from agent.document import Span
from agent.errors import ReaderError
from agent.events import Climbed, Event, Looking
from agent.index.base import Hit
from agent.index.language import guess_language
from agent.index.stems import english_stop_terms
from agent.index.words import split_words, to_terms
from agent.question import information
from agent.reading import waiting_for
from agent.run import Run

ENOUGH: Final = 0.6  # of the question's weight; of 195 on 10-Qs 15 hold less (docs/log.md)
_DEPTH: Final = 8  # times deeper a document is looked for that has no part in the best
_SAMPLES: Final = 3
_SAMPLE: Final = 400  # characters: enough to tell the language and the kind of text
_NO_KEYWORDS: Final = "No keywords could be had, so the question's own words are searched"


def search(run: Run, k: int) -> Generator[Event, None, tuple[Hit, ...]]:
    """Return at most `k` passages for the run's question, best first.

    Yields `Looking` for each further query, and `Climbed` if the reader failed to name any.
    """
    hits = _of_each(run, information(run.question), k)
    if share_held(run, hits) >= ENOUGH or not run.may_go_on():
        return tuple(hits)
    try:
        keywords = yield from waiting_for(run.reader.keywords(run.question, _samples(run)))
    except ReaderError as error:
        yield Climbed(f"{_NO_KEYWORDS} ({error})")
        return tuple(hits)
    run.spend(keywords.usage)
    found = [hits]
    for query in keywords.queries:
        yield Looking("search", query)
        found.append(_of_each(run, query, k))
    return tuple(in_turn(found)[:k])


def _of_each(run: Run, query: str, k: int) -> list[Hit]:
    """Search, and see to it that a few documents each have a part in what is found.

    Who asks about two documents wants both sides; that one of them says it in more of the words
    asked would otherwise hide the other. Half of `k` is theirs in equal parts, as far down the list
    as they may stand; the rest are the best of all.
    """
    several = len(run.documents) > 1
    found = run.library.search(query, run.documents, k * _DEPTH if several else k)
    least = k // (2 * len(run.documents)) if several else 0
    firsts: dict[str, list[Span]] = {}
    for hit in found:
        span = hit.passage.span
        firsts.setdefault(span.document, [])
        if len(firsts[span.document]) < least:
            firsts[span.document].append(span)
    kept = set(chain.from_iterable(firsts.values()))
    rest = [hit.passage.span for hit in found if hit.passage.span not in kept]
    kept.update(rest[: k - len(kept)])
    return [hit for hit in found if hit.passage.span in kept]


def share_held(run: Run, hits: Sequence[Hit]) -> float:
    """Return how much of the question's words, by their rarity, the passages found hold."""
    documents = {document.id: document for document, _ in run.ledger.documents}
    weights: dict[str, float] = {}
    held: set[str] = set()
    for hit in hits:
        document = documents[hit.passage.span.document]
        words = split_words(document.text[hit.passage.span.start : hit.passage.span.end])
        asked = {t: w for t, w in hit.weights.items() if t not in english_stop_terms()}
        weights |= asked
        held |= asked.keys() & set(to_terms(words, guess_language(document.text)))
    return sum(weights[term] for term in held) / (sum(weights.values()) or 1.0)


def in_turn(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Return the best of each list, then the second of each, and so on; each passage once.

    Scores of different queries cannot be compared; that a list's first is its best, they share.
    """
    merged: dict[Span, Hit] = {}
    for hit in chain.from_iterable(zip_longest(*found)):
        if hit:
            merged.setdefault(hit.passage.span, hit)
    return list(merged.values())


def _samples(run: Run) -> list[str]:
    """Return a few words from the middle of some of the documents."""
    middles = [
        (document.text, max((len(document.text) - _SAMPLE) // 2, 0))
        for document, _ in run.ledger.documents[:_SAMPLES]
    ]
    return [" ".join(text[at : at + _SAMPLE].split()) for text, at in middles]
