"""The quoting reader: picks the sentences that answer best and quotes them; no weights, no model.

It goes by the question's words alone: how rare they are, how many of them a sentence holds, and
whether the sentence has the kind of thing that was asked for (a number, a name). Where the
sentences at hand hold too little of the question it says that nothing was found.
"""

import math
import re
import textwrap
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from agent.central import most_central
from agent.evidence import Claim, Evidence, Excerpt, Sentence
from agent.index.language import guess_language
from agent.index.stems import english_stop_terms
from agent.index.words import split_words, to_terms
from agent.looks import Situation
from agent.readers.base import (
    DOCUMENTS_LANGUAGE,
    NOTES,
    QUESTIONS_LANGUAGE,
    Condensed,
    Decided,
    Extraction,
    Keywords,
    Written,
)
from agent.readers.hopping import next_hop
from agent.sentence import split_sentences

NOTE = "These are the document's own sentences; no language model wrote this answer."
NOT_FOUND = (
    "Nothing in the passages read answers this question. "
    "The built-in quoting reader looked for its words; no language model was used."
)
MAX_QUOTES = 3
_ITEM_CHARACTERS = 120
# What a sentence with its passage must hold of the question to count as an answer: a share of the
# weight of its words, and in English more than half of them as well. This told answerable questions
# from foreign ones best (docs/log.md, 2026-11-23 and 24). We know the stop words of English alone;
# elsewhere words like "which" count against both, and where forms are not brought together either,
# still less is asked.
ENOUGH_OF_ENGLISH = 0.3
ENOUGH_OF_STEMMED = 0.32
ENOUGH = 0.22
_NEIGHBOUR_SHARE = 0.4  # what a question word counts that stands in the passage, not the sentence
_RUNNER_UP = 0.75  # of the best sentence's score: less is not worth quoting
_OTHER_SIDE = 0.5  # of the same: enough for a document that would else not be quoted at all
_KIND_BONUS = 1.2
_HAS_NUMBER = re.compile(r"\d")
_HAS_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_KINDS = (
    (
        re.compile(
            r"\b(how (many|much|long|far|old|large|high)|when|(what|which) (year|date|share))\b",
            re.IGNORECASE,
        ),
        _HAS_NUMBER,
    ),
    (re.compile(r"\b(who|whom|whose)\b", re.IGNORECASE), _HAS_NAME),
)
_IS_QUESTION = re.compile(r"[?？؟]\W*$")
_HAS_END_MARK = re.compile(r"[.!…。！։።॥।၊။]\W*$")
_ENDS_IN_NUMBER = re.compile(r"\d[\d.,]*\W*$")
_NUMBER = re.compile(r"\d[\d.,]*")
_ROW_NUMBERS = 3  # fewer also stand in titles
_TITLE_FACTOR = 0.6
# What such sentences speak of was named before them.
_LEANS_BACK = re.compile(
    r"(it|its|this|that|these|those|they|them|their|he|she|his|her|one|two|three|another|such|but|"
    r"and|or|so|however|thus|then|both)\b",
    re.IGNORECASE,
)
# Of a sentence that a summary may quote. A letter of Chinese says as much as three of ours.
_LEAST_SAID_BYTES, _MOST_SAID_BYTES, _MOST_SAID_CHARACTERS = 30, 600, 400
_MANY_NUMBERS = 8  # more are a row of a table
_IS_SPOKEN = re.compile(r"[–—―-]|[\"“„«「『]")  # what people say in a story, not what it tells
_BREAKS_OFF = re.compile(r"(?:…|\.\.\.)\W*$")
_BEGINS_SMALL = re.compile(r"[a-z\d,;.:)\]•*-]")  # the rest of a sentence, or a line of a list
_FEWEST_WORDS = 4  # fewer are a heading or a scrap, not an answer
_MANY_WORDS = 60  # more are a table or a list that happens to hold everything


@dataclass(frozen=True, slots=True)
class _Candidate:
    excerpt: int
    start: int
    end: int
    score: float
    share: float  # of the question's weight that the sentence and its passage hold
    has_most_words: bool  # more than half of the question's words, in sentence or passage


class QuotingReader:
    """A `Reader` without a model: the embedded default, so that a first run needs no weights."""

    name = "quoting"
    identity = ""
    window_tokens = 16_384
    direct_tokens = 16_384
    at_once = 1

    def extract(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Return the sentences that hold most of the question, best first; none if too little."""
        yield
        good = _good_enough(question, excerpts)
        kept = [c for c in good[:MAX_QUOTES] if c.score >= _RUNNER_UP * good[0].score]
        kept += _other_sides(good, kept, excerpts)
        return Extraction(tuple(_claim(c, excerpts) for c in kept))

    def list_items(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Return every sentence that holds enough of the question: it knows no items in them."""
        yield
        claims = (_claim(c, excerpts) for c in _good_enough(question, excerpts))
        return Extraction(tuple(replace(c, says=_one_line(c.quote)) for c in claims))

    def summarise(
        self, focus: str, excerpts: Sequence[Excerpt], language: str = DOCUMENTS_LANGUAGE
    ) -> Generator[None, None, Extraction]:
        """Return the sentences that say most of what all of them say, in their own language."""
        del language
        yield
        places = [
            (number, text)
            for number, excerpt in enumerate(excerpts)
            for text in _sayings(excerpt.text)
        ]
        if not places:
            return Extraction(())
        own = guess_language(excerpts[0].document.text)
        chosen = most_central([text for _, text in places], NOTES, own, focus)
        claims = (Claim(text, number) for number, text in (places[each] for each in chosen))
        return Extraction(tuple(replace(c, says=" ".join(c.quote.split())) for c in claims))

    def condense(
        self,
        focus: str,
        notes: Sequence[str],
        sentences: int,
        language: str = DOCUMENTS_LANGUAGE,
    ) -> Generator[None, None, Condensed]:
        """Return the notes that say most of what all of them say, word for word."""
        del language
        yield
        chosen = most_central(notes, sentences, guess_language("\n".join(notes)), focus)
        return Condensed(tuple(Sentence(notes[n], (n + 1,)) for n in chosen))

    def keywords(self, question: str, samples: Sequence[str]) -> Generator[None, None, Keywords]:
        """Return none: it knows no words but those of the question."""
        del question, samples
        yield
        return Keywords(())

    def decide(self, question: str, situation: Situation) -> Generator[None, None, Decided]:
        """Search for the question, then for the names in what was found, then answer."""
        yield
        return Decided(next_hop(question, situation))

    def answer(
        self,
        question: str,
        evidence: Sequence[Evidence],
        language: str = QUESTIONS_LANGUAGE,
    ) -> Generator[str, None, Written]:
        """Yield the quotes with their marks, and the note that no language model wrote them."""
        del question, language  # the quotes stand for themselves
        for n, item in enumerate(evidence, start=1):
            yield f"“{' '.join(item.text.split())}” [{n}]\n\n"
        yield NOTE if evidence else NOT_FOUND
        return Written(answered=bool(evidence), verbatim=True)

    def combine(
        self, question: str, parts: Sequence[str], language: str = QUESTIONS_LANGUAGE
    ) -> Generator[str, None, Written]:
        """Yield the parts one after the other."""
        del question, language
        for part in parts:
            yield f"{part.removesuffix(NOTE).strip()}\n\n"
        yield NOTE
        return Written(answered=True, verbatim=True)


def _sayings(text: str) -> list[str]:
    """Return the sentences of a text that can stand alone, without titles, rows and questions."""
    each = (text[start:end].strip() for start, end in split_sentences(text))
    return [
        sentence
        for sentence in each
        if _HAS_END_MARK.search(sentence)
        and not _IS_QUESTION.search(sentence)
        and _LEAST_SAID_BYTES <= len(sentence.encode()) <= _MOST_SAID_BYTES
        and len(sentence) <= _MOST_SAID_CHARACTERS
        and not _BEGINS_SMALL.match(sentence)
        and not _IS_SPOKEN.match(sentence)
        and not _BREAKS_OFF.search(sentence)
        and not _LEANS_BACK.match(sentence)
        and len(_NUMBER.findall(sentence)) <= _MANY_NUMBERS
    ]


def _good_enough(question: str, excerpts: Sequence[Excerpt]) -> list[_Candidate]:
    """Return the sentences that count as answers, best first."""
    candidates = [
        candidate
        for number, excerpt in enumerate(excerpts)
        for candidate in _rate_sentences(question, number, excerpt, _question_weights(excerpt))
    ]
    candidates.sort(key=lambda c: (-c.score, c.excerpt, c.start))
    return [c for c in candidates if _is_enough(c, excerpts[c.excerpt])]


def _other_sides(
    good: Sequence[_Candidate], kept: Sequence[_Candidate], excerpts: Sequence[Excerpt]
) -> list[_Candidate]:
    """Return the best of each document that is not quoted yet, if nearly as good."""
    sides = {excerpts[c.excerpt].document.id for c in kept}
    others = []
    for candidate in good:
        document = excerpts[candidate.excerpt].document.id
        if document not in sides and candidate.score >= _OTHER_SIDE * good[0].score:
            sides.add(document)
            others.append(candidate)
    return others


def _claim(candidate: _Candidate, excerpts: Sequence[Excerpt]) -> Claim:
    words = excerpts[candidate.excerpt].text[candidate.start : candidate.end].strip()
    return Claim(words, candidate.excerpt, candidate.score)


def _one_line(text: str) -> str:
    return textwrap.shorten(text, _ITEM_CHARACTERS, placeholder=" …")


def _question_weights(excerpt: Excerpt) -> dict[str, float]:
    """Return the question's words that carry meaning, as index terms, and how rare each is."""
    weights = {t: w for t, w in excerpt.weights.items() if t not in english_stop_terms()}
    return weights or dict(excerpt.weights)


def _is_enough(candidate: _Candidate, excerpt: Excerpt) -> bool:
    if english_stop_terms().isdisjoint(excerpt.weights):  # not a question in English
        is_stemmed = guess_language(excerpt.document.text) != ""
        return candidate.share >= (ENOUGH_OF_STEMMED if is_stemmed else ENOUGH)
    return candidate.has_most_words and candidate.share >= ENOUGH_OF_ENGLISH


def _rate_sentences(
    question: str,
    number: int,
    excerpt: Excerpt,
    weights: dict[str, float],
) -> list[_Candidate]:
    total = sum(weights.values()) or 1.0
    language = guess_language(excerpt.document.text)
    around = "\n".join((excerpt.text, *excerpt.passage.heading_path))
    nearby = _held(around, weights, language)
    candidates = []
    for start, end in split_sentences(excerpt.text):
        sentence = excerpt.text[start:end]
        held = _held(sentence, weights, language)
        if not held:
            continue
        weight = sum(weights[term] for term in held)
        weight += _NEIGHBOUR_SHARE * sum(weights[term] for term in nearby - held)
        score = weight * _form(question, sentence)
        has_most_words = 2 * len(nearby | held) > len(weights)
        candidates.append(_Candidate(number, start, end, score, weight / total, has_most_words))
    return candidates


def _held(text: str, weights: dict[str, float], language: str) -> set[str]:
    return weights.keys() & set(to_terms(split_words(text), language))


def _form(question: str, sentence: str) -> float:
    """Return how far the form of `sentence` suits the question, 1.0 being neutral."""
    words = len(sentence.split())
    factor = 0.5 if words < _FEWEST_WORDS and sentence.isascii() else 1.0
    factor *= min(1.0, math.sqrt(_MANY_WORDS / max(words, 1)))
    if _IS_QUESTION.search(sentence):
        factor *= 0.5  # a question seldom answers one
    elif not _is_whole(sentence):
        factor *= _TITLE_FACTOR
    for asks, has in _KINDS:
        if asks.search(question) and has.search(sentence):
            factor *= _KIND_BONUS
    return factor


def _is_whole(sentence: str) -> bool:
    """Whether it is a sentence with its mark or a row of numbers, not a title or a list's line."""
    if _HAS_END_MARK.search(sentence):
        return True
    is_row = len(_NUMBER.findall(sentence)) >= _ROW_NUMBERS
    return is_row and _ENDS_IN_NUMBER.search(sentence) is not None
